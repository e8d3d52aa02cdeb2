package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.fleet.nats.NatsServer;

/** After a cancel's 202 no attempt starts, a running one is aborted, no callback is sent: a thousand and ten thousand times. */
@Tag("acceptance")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class CancelAcceptanceTest {
    private static final int RUNNING = 1_000;
    private static final int QUEUED = 10_000;
    private static final int SLEEP_MILLIS = 60_000;
    private static final int AT_ONCE = 64;
    private static final int ALONE = 200;

    @TempDir
    private Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Queue<String> callbacks = new ConcurrentLinkedQueue<>();
    private HttpServer receiver;
    private String url = "";

    @BeforeEach
    void start() throws Exception {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.setExecutor(Executors.newCachedThreadPool());
        receiver.createContext("/", exchange -> {
            callbacks.add(exchange.getRequestHeaders().getFirst("X-Call-Id"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
    }

    @Test
    void endsWhatRuns_andStartsNothingThatWaits() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(directory, Map.of())) {
            cancelAll(gateway, "embedded");
        }
    }

    @Test
    void endsWhatRuns_andStartsNothingThatWaits_inNats() throws Exception {
        try (NatsServer nats = NatsServer.newest();
                GatewayProcess gateway = GatewayProcess.start(directory, Map.of("SLUICE_NATS", nats.url()))) {
            cancelAll(gateway, "in NATS");
        }
    }

    private void cancelAll(GatewayProcess gateway, String journal) throws Exception {
        url = gateway.awaitReady().url().toString();
        gateway.expect("POST", "/system/functions", SleepingFunction.deployment("sleeper", SLEEP_MILLIS, 4 * RUNNING));
        gateway.expect("POST", "/system/functions", "{\"service\":\"echo\",\"image\":\"i\",\"envProcess\":\"cat\"}");
        Patience.until("the function is ready", () -> counts().startsWith("begun=0"));
        List<String> first = submit("sleeper", RUNNING);
        Patience.until(RUNNING + " calls run", () -> counts().startsWith("begun=" + RUNNING + " "));
        assertThat(submit("sleeper", QUEUED)).hasSize(QUEUED);

        assertThat(gateway.expect("DELETE", "/system/calls?function=sleeper&state=queued", ""))
                .contains("" + QUEUED);
        Map<String, Long> crowd = cancel(first.subList(0, RUNNING - ALONE), AT_ONCE);
        Map<String, Long> alone = cancel(first.subList(RUNNING - ALONE, RUNNING), 1);
        Patience.until("all were aborted", () -> counts().contains(" aborted=" + RUNNING + "\n"));
        String seen = counts();
        assertThat(seen).startsWith("begun=" + RUNNING + " served=0 ");
        report(journal + ", " + AT_ONCE + " at once", crowd, seen);
        report(journal + ", one after the other", alone, seen);

        String sentinel = submit("echo", 1).get(0);
        Patience.until("the last call has called back", () -> callbacks.contains(sentinel));
        assertThat(callbacks).containsExactly(sentinel);
        assertThat(gateway.expect("GET", "/system/calls?function=sleeper&state=queued", ""))
                .contains("\"calls\":[]");
        assertThat(counts()).startsWith("begun=" + RUNNING + " served=0 aborted=" + RUNNING + "\n");
    }

    /** When each was asked for. */
    private Map<String, Long> cancel(List<String> ids, int atOnce) {
        Map<String, Long> asked = new ConcurrentHashMap<>();
        Flux.fromIterable(ids)
                .flatMap(
                        id -> Mono.fromFuture(() -> {
                                    asked.put(id, System.nanoTime());
                                    return client.sendAsync(
                                            to("/async-function/" + id).DELETE().build(), BodyHandlers.discarding());
                                })
                                .doOnNext(answer ->
                                        assertThat(answer.statusCode()).isEqualTo(202)),
                        atOnce)
                .blockLast();
        return asked;
    }

    private static void report(String journal, Map<String, Long> asked, String seen) {
        List<Double> millis = new ArrayList<>();
        seen.lines().skip(1).forEach(line -> {
            String[] words = line.split(" ", -1);
            Long before = asked.get(words[0]);
            if (before != null) {
                millis.add((Long.parseLong(words[1]) - before) / 1e6);
            }
        });
        millis.sort(null);
        assertThat(millis).hasSize(asked.size());
        double seconds = (Collections.max(asked.values()) - Collections.min(asked.values())) / 1e9;
        System.out.printf(
                "%s: %d cancels asked for in %.2f s; from DELETE to the abort seen by the function: p50 %.1f ms,"
                        + " p99 %.1f ms, longest %.1f ms%n",
                journal,
                millis.size(),
                seconds,
                millis.get(millis.size() / 2),
                millis.get(millis.size() * 99 / 100),
                millis.get(millis.size() - 1));
    }

    private List<String> submit(String function, int count) throws Exception {
        String callback = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/";
        HttpRequest submit = to("/async-function/" + function)
                .header("X-Callback-Url", callback)
                .POST(BodyPublishers.noBody())
                .build();
        return Objects.requireNonNull(Flux.range(0, count)
                .flatMap(i -> Mono.fromFuture(() -> client.sendAsync(submit, BodyHandlers.ofString())), AT_ONCE)
                .map(accepted -> {
                    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
                    return accepted.headers().firstValue("X-Call-Id").orElseThrow();
                })
                .collectList()
                .block());
    }

    private String counts() throws Exception {
        return client.send(to("/function/sleeper/counts").build(), BodyHandlers.ofString())
                .body();
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(url + path));
    }
}
