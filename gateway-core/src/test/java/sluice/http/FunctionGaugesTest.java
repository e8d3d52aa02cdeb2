package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import sluice.core.FunctionCatalog;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.RouteChange;

class FunctionGaugesTest {
    private final Sinks.Many<RouteChange> changes = Sinks.many().multicast().onBackpressureBuffer();
    private final FunctionCatalog functions = new FunctionCatalog(changes::asFlux, 0);
    private final FunctionGauges gauges = new FunctionGauges(functions);

    @AfterEach
    void stopFollowing() {
        functions.dispose();
    }

    @Test
    void tellsReplicasAndTargets_asTheContractSays() {
        tell(status("wc", 3, 2, Map.of()));
        tell(status(
                "slow",
                0,
                0,
                Map.of(
                        "com.openfaas.scale.min", "4",
                        "com.openfaas.scale.target", "10",
                        "com.openfaas.scale.type", "capacity")));

        String text = scrape();
        MetricsContract.verify(
                text,
                "gateway_service_count",
                "gateway_service_ready_count",
                "gateway_service_target_load",
                "gateway_service_min");
        PrometheusScrape scrape = PrometheusScrape.read(text);
        Map<String, String> wc = Map.of("function_name", "wc.openfaas-fn");
        Map<String, String> slow = Map.of("function_name", "slow.openfaas-fn");
        assertThat(scrape.value("gateway_service_count", wc)).isEqualTo(3);
        assertThat(scrape.value("gateway_service_ready_count", wc)).isEqualTo(2);
        assertThat(scrape.value("gateway_service_min", wc)).isEqualTo(1);
        assertThat(scrape.value("gateway_service_count", slow)).isZero();
        assertThat(scrape.value("gateway_service_min", slow)).isEqualTo(4);
        assertThat(scrape.value("gateway_service_target_load", with(wc, "rps"))).isEqualTo(50);
        assertThat(scrape.value("gateway_service_target_load", with(slow, "capacity")))
                .isEqualTo(10);
    }

    @Test
    void takesATargetThatIsNoNumber_asAbsent() {
        for (String target : List.of("", "0", "-1", "ten", "99999999999")) {
            tell(status("wc", 1, 1, Map.of("com.openfaas.scale.target", target)));
            assertThat(PrometheusScrape.read(scrape())
                            .value(
                                    "gateway_service_target_load",
                                    with(Map.of("function_name", "wc.openfaas-fn"), "rps")))
                    .isEqualTo(50);
        }
    }

    @Test
    void forgetsARemovedFunction() {
        FunctionStatus status = status("wc", 1, 1, Map.of());
        tell(status);
        assertThat(scrape()).contains("wc.openfaas-fn");
        changes.emitNext(new RouteChange.Removed(status), Sinks.EmitFailureHandler.FAIL_FAST);
        assertThat(scrape()).doesNotContain("wc");
    }

    private void tell(FunctionStatus status) {
        changes.emitNext(new RouteChange.Changed(status, List.of()), Sinks.EmitFailureHandler.FAIL_FAST);
    }

    private String scrape() {
        StringBuilder text = new StringBuilder();
        StepVerifier.create(gauges.collect())
                .assertNext(families -> text.append(new PrometheusText().add(families)))
                .verifyComplete();
        return text.toString();
    }

    private static Map<String, String> with(Map<String, String> labels, String scalingType) {
        return Map.of("function_name", String.valueOf(labels.get("function_name")), "scaling_type", scalingType);
    }

    private static FunctionStatus status(String name, int replicas, int ready, Map<String, String> labels) {
        FunctionDeployment deployment = new FunctionDeployment(
                new FunctionName(name, "openfaas-fn"),
                "image",
                null,
                Map.of(),
                List.of(),
                List.of(),
                labels,
                Map.of(),
                null,
                null,
                false);
        return new FunctionStatus(deployment, replicas, ready, Instant.EPOCH, null);
    }
}
