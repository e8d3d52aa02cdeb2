package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.test.publisher.PublisherProbe;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;

class MetricsServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final MetricSource ONE = () -> Mono.just(List.of(new MetricFamily(
            "one", MetricFamily.Type.GAUGE, "One.", List.of(new MetricFamily.Sample("", Map.of(), 1)))));

    private final HttpClient client = HttpClient.newHttpClient();
    private @Nullable MetricsServer server;

    @AfterEach
    void stop() {
        running().stop();
    }

    @Test
    void writesTheFamiliesOfAllSources_andTheTextOfOthers() throws Exception {
        start(List.of(ONE, () -> Mono.just(List.of())), () -> "# TYPE two gauge\ntwo 2\n");
        HttpResponse<String> scrape = send("GET", "/metrics");
        assertThat(scrape.statusCode()).isEqualTo(200);
        assertThat(scrape.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(PrometheusScrape.read(scrape.body()).names()).containsExactly("one", "two");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /healthz, 200, OK",
        "HEAD, /healthz, 405, ''",
        "POST, /healthz, 405, ''",
        "POST, /metrics, 405, ''",
        "GET, /metrics?x=1, 200, ",
        "GET, /, 404, ''",
        "GET, /metrics/, 404, ''",
        "GET, /system/functions, 404, ''",
        "GET, /function/wc, 404, ''"
    })
    void answersNothingElse(String method, String path, int status, String body) throws Exception {
        start(List.of(ONE), () -> "");
        HttpResponse<String> response = send(method, path);
        assertThat(response.statusCode()).isEqualTo(status);
        if (body != null) {
            assertThat(response.body()).isEqualTo(body);
        }
    }

    @Test
    void answers500_andNothingHalf_whenASourceFails() throws Exception {
        start(List.of(ONE, () -> Mono.error(new IllegalStateException("broken on purpose"))), () -> "");
        HttpResponse<String> scrape = send("GET", "/metrics");
        assertThat(scrape.statusCode()).isEqualTo(500);
        assertThat(scrape.body()).isEqualTo("cannot collect metrics\n");
    }

    @Test
    void answers503_whenASourceIsTooSlow_andGivesUpOnIt() throws Exception {
        PublisherProbe<List<MetricFamily>> hanging = PublisherProbe.of(Mono.never());
        server = new MetricsServer(ANY_PORT, List.of(hanging::mono), () -> "", Duration.ofMillis(50));
        assertThat(send("GET", "/metrics").statusCode()).isEqualTo(503);
        hanging.assertWasCancelled();
        assertThat(send("GET", "/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void scrapesOffTheEventLoop_sinceOtherCollectorsMayBlock() throws Exception {
        start(List.of(ONE), () -> {
            try {
                Thread.sleep(1); // fails where a thread must not block
                return "slept 1\n";
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(send("GET", "/metrics").body()).contains("slept 1");
    }

    private void start(List<MetricSource> sources, Supplier<String> extraText) {
        server = MetricsServer.start(ANY_PORT, sources, extraText);
    }

    private MetricsServer running() {
        return Objects.requireNonNull(server);
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + running().port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
