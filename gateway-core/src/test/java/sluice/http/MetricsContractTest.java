package sluice.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsContractTest {
    private static final String GOOD = """
            # HELP gateway_function_invocation_started The total number of function HTTP requests started.
            # TYPE gateway_function_invocation_started counter
            gateway_function_invocation_started{function_name="wc.openfaas-fn"} 3
            # HELP http_request_duration_seconds Time.
            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="0.005"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="0.01"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="0.025"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="0.05"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="0.1"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="0.25"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="0.5"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="1"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="2.5"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="5"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="10"} 1
            http_request_duration_seconds_bucket{method="GET",path="/",status="200",le="+Inf"} 1
            http_request_duration_seconds_sum{method="GET",path="/",status="200"} 0.001
            http_request_duration_seconds_count{method="GET",path="/",status="200"} 1
            # HELP jvm_threads Others are nobody's concern.
            # TYPE jvm_threads gauge
            jvm_threads 7
            """;

    @Test
    void acceptsWhatDashboardsExpect() {
        MetricsContract.verify(GOOD, "gateway_function_invocation_started", "http_request_duration_seconds");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gateway_function_invocation_started -> gateway_function_invocation_started_total",
                "started counter -> started gauge",
                "function_name= -> function=",
                "wc.openfaas-fn -> wc",
                "requests started. -> requests.",
                ",status=\"200\",le=\"5\" -> ,le=\"5\"",
                "le=\"2.5\" -> le=\"2\"",
                "_count -> _max",
                "3\n -> 3,0\n",
                "jvm_threads -> gateway_threads"
            })
    void refusesADifference(String difference) {
        String[] parts = difference.split(" -> ", 2);
        assertThatThrownBy(() -> MetricsContract.verify(GOOD.replace(parts[0], parts[1])))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void refusesAMissingFamily() {
        assertThatThrownBy(() -> MetricsContract.verify(GOOD, "gateway_service_count"))
                .isInstanceOf(AssertionError.class);
    }
}
