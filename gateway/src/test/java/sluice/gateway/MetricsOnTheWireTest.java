package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.http.MetricsContract;
import sluice.http.PrometheusScrape;
import sluice.http.RawHttp;

/** What a scraper of the whole gateway reads, after a call of each kind. */
class MetricsOnTheWireTest {
    @TempDir
    Path dataDir;

    @Test
    void everyFamilyOfTheContractIsThere_underItsNameTypeAndLabels() throws Exception {
        try (TestGateway gateway = new TestGateway(dataDir, Map.of())) {
            String admin = "Authorization: " + gateway.authorization();
            String echo = "{\"service\":\"echo\",\"image\":\"echo\",\"envProcess\":\"cat\"}";
            assertThat(RawHttp.exchange(gateway.port(), "POST", "/system/functions", echo, admin)
                            .status())
                    .isEqualTo(202);
            assertThat(RawHttp.exchange(gateway.port(), "POST", "/function/echo", "x")
                            .status())
                    .isEqualTo(200);
            assertThat(RawHttp.exchange(gateway.port(), "POST", "/function/nope", "x")
                            .status())
                    .isEqualTo(404);

            Map<String, String> function = Map.of("function_name", "echo.openfaas-fn");
            Map<String, String> answered = Map.of("function_name", "echo.openfaas-fn", "code", "200");
            Patience.until(
                    "the call, which is counted once it was answered, is in the metrics",
                    () -> scrape(gateway)
                            .contains("gateway_function_invocation_total{function_name=\"echo.openfaas-fn\""));

            String text = scrape(gateway);
            MetricsContract.verify(
                    text,
                    "gateway_function_invocation_total",
                    "gateway_functions_seconds",
                    "gateway_function_invocation_started",
                    "gateway_function_invocation_inflight",
                    "gateway_service_count",
                    "gateway_service_ready_count",
                    "gateway_service_target_load",
                    "gateway_service_min",
                    "http_requests_total",
                    "http_request_duration_seconds");
            PrometheusScrape scrape = PrometheusScrape.read(text);
            assertThat(scrape.value("gateway_function_invocation_started", function))
                    .isEqualTo(1);
            assertThat(scrape.value("gateway_function_invocation_total", answered))
                    .isEqualTo(1);
            assertThat(scrape.value("gateway_functions_seconds_count", answered))
                    .isEqualTo(1);
            assertThat(scrape.value("gateway_function_invocation_inflight", function))
                    .isZero();
            assertThat(scrape.value("gateway_service_count", function)).isEqualTo(1);
            assertThat(text).as("unknown names make no series").doesNotContain("nope");
            assertThat(scrape.names()).contains("sluice_auth_total").anyMatch(name -> name.startsWith("jvm_"));
        }
    }

    private static String scrape(TestGateway gateway) {
        return RawHttp.exchange(gateway.metricsPort(), "GET", "/metrics", "").body();
    }
}
