package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.fleet.nats.NatsServer;

/** A function with very many queued calls does not make the calls of another one wait. */
@Tag("acceptance")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class NeighbourAcceptanceTest {
    private static final int CROWD = Integer.getInteger("sluice.acceptance.crowd", 100_000);
    private static final int CROWD_MILLIS = 1_000;
    private static final int AT_ONCE = 64;
    private static final int CALLS = 500;
    private static final Duration BETWEEN = Duration.ofMillis(40);
    private static final double GENEROUS = 3;
    private static final double GENEROUS_MILLIS = 50; // of a machine that does other things too

    @TempDir
    private Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();
    private String url = "";

    @Test
    void waitsNoLongerForItsTurn_besideACrowd() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(directory, Map.of())) {
            compare(gateway, "embedded");
        }
    }

    @Test
    void waitsNoLongerForItsTurn_besideACrowd_inNats() throws Exception {
        try (NatsServer nats = NatsServer.newest();
                GatewayProcess gateway = GatewayProcess.start(directory, Map.of("SLUICE_NATS", nats.url()))) {
            compare(gateway, "in NATS");
        }
    }

    private void compare(GatewayProcess gateway, String journal) throws Exception {
        url = gateway.awaitReady().url().toString();
        gateway.expect("POST", "/system/functions", SleepingFunction.deployment("crowd", CROWD_MILLIS, 100));
        gateway.expect("POST", "/system/functions", SleepingFunction.deployment("quick", 1, 100));
        for (String function : List.of("crowd", "quick")) {
            Patience.until(
                    function + " is ready",
                    () -> gateway.expect("GET", "/system/function/" + function, "")
                            .contains("\"availableReplicas\":1"));
        }
        assertThat(waits(gateway)).isNotNull(); // warms up
        Waits alone = waits(gateway);
        gateway.expect(
                "POST", "/system/calls/pause?function=crowd", ""); // or many are served while the last are submitted
        submit("crowd", CROWD);
        gateway.expect("POST", "/system/calls/resume?function=crowd", "");
        Patience.until("the crowd is being served", () -> pending(gateway) > CROWD * 9 / 10);
        Waits beside = waits(gateway);
        assertThat(pending(gateway)).as("the crowd is still there").isGreaterThan(CROWD / 2);
        System.out.printf(
                "%s: queue wait of %d calls, 25 a second: alone p50 %.0f ms, p99 %.0f ms; beside %d queued calls of %d ms:"
                        + " p50 %.0f ms, p99 %.0f ms%n",
                journal, CALLS, alone.p50, alone.p99, CROWD, CROWD_MILLIS, beside.p50, beside.p99);
        assertThat(beside.p99).isLessThan(Math.max(alone.p99 * GENEROUS, alone.p99 + GENEROUS_MILLIS));
    }

    /** In milliseconds, from the submit to the start of the first attempt. */
    private record Waits(double p50, double p99) {}

    private Waits waits(GatewayProcess gateway) throws Exception {
        List<String> ids = Objects.requireNonNull(Flux.interval(BETWEEN)
                .take(CALLS)
                .onBackpressureBuffer(CALLS)
                .concatMap(tick -> submitted("quick"))
                .collectList()
                .block());
        List<Double> millis = new ArrayList<>();
        for (String id : ids) {
            JsonNode call = json.readTree(gateway.expect("GET", "/async-function/" + id + "?wait=30s", ""));
            assertThat(call.path("state").asText()).isEqualTo("completed");
            assertThat(call.path("attempt").asInt()).isEqualTo(1);
            Instant submitted = Instant.parse(call.path("submittedAt").asText());
            Instant started = Instant.parse(call.path("startedAt").asText());
            millis.add((double) Duration.between(submitted, started).toMillis());
        }
        millis.sort(null);
        return new Waits(millis.get(CALLS / 2), millis.get(CALLS * 99 / 100));
    }

    private void submit(String function, int count) {
        long kept = Objects.requireNonNull(Flux.range(0, count)
                .flatMap(i -> submitted(function), AT_ONCE)
                .count()
                .block());
        assertThat(kept).isEqualTo(count);
    }

    private Mono<String> submitted(String function) {
        return Mono.fromFuture(() -> client.sendAsync(
                        HttpRequest.newBuilder(URI.create(url + "/async-function/" + function))
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString()))
                .map(accepted -> {
                    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
                    return accepted.headers().firstValue("X-Call-Id").orElseThrow();
                });
    }

    /** Calls of the crowd that wait, as the metrics tell. */
    private static long pending(GatewayProcess gateway) throws Exception {
        return gateway.metrics()
                .lines()
                .filter(line -> line.startsWith("queue_worker_pending_messages") && line.contains("crowd"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
