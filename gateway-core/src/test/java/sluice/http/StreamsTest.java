package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import sluice.core.FunctionName;
import sluice.core.GoDuration;
import sluice.core.LogLine;

/** Logs and watches: streams whose head comes at once and whose lines come as they happen. */
class StreamsTest {
    private static final Duration WRITE_TIMEOUT = Duration.ofMillis(300);

    private final Instant now = Instant.now();
    private final TestGateway gateway =
            new TestGateway(Map.of("SLUICE_MAX_FOLLOWERS", "2", "write_timeout", GoDuration.format(WRITE_TIMEOUT)));

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void readsALog_lineByLine() {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.write(line("a", now.minusSeconds(400), "too old"));
        gateway.provider.write(line("a", Instant.parse("2026-02-03T04:05:06.123456789Z"), "in the past"));
        gateway.provider.write(line("a", now, "fresh"));
        gateway.provider.write(line("b", now, "of another"));

        RawHttp.Reply fresh = gateway.get("/system/logs?name=a");
        assertThat(fresh.status()).isEqualTo(200);
        assertThat(fresh.field("content-type")).isEqualTo("application/x-ndjson");
        assertThat(fresh.body()).doesNotContain("too old", "another").contains("\"text\":\"fresh\"}\n");
        assertThat(gateway.get("/system/logs?name=a&since=2026-02-03T05:05:06%2B01:00&tail=9")
                        .body())
                .startsWith("{\"name\":\"a\",\"namespace\":\"openfaas-fn\",\"instance\":\"a-1\"," + "\"timestamp\":\"");
        assertThat(gateway.get("/system/logs?name=a&tail=1").body())
                .contains("fresh")
                .hasLineCount(1);
        assertThat(gateway.get("/system/logs?name=x&name=a&tail=1&instance=a-2").body())
                .isEmpty();
    }

    @Test
    void readsALog_untilTheConnectionEnds_onHttp10() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.write(line("a", now, "fresh"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            String request = "GET /system/logs?name=a HTTP/1.0\r\n" + TestGateway.CREDENTIALS + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));

            String whole = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(whole).doesNotContainIgnoringCase("transfer-encoding").endsWith("\"text\":\"fresh\"}\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/system/logs,400",
        "/system/logs?name=,400",
        "/system/logs?name=a&tail=many,400",
        "/system/logs?name=a&since=yesterday,400",
        "/system/logs?name=nobody,404",
        "/system/logs?name=No_body,404",
        "/system/logs?name=a&namespace=nowhere,404"
    })
    void refusesALog(String target, int status) {
        gateway.provider.put(SomeFunctions.named("a"), List.of());

        assertThat(gateway.get(target).status()).isEqualTo(status);
    }

    @Test
    void followsALog_beyondTheWriteTimeout_untilTheClientLeaves() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        try (Follower follower = new Follower("/system/logs?name=a&follow=true&tail=-1")) {
            assertThat(follower.status).isEqualTo(200); // with nothing written yet
            long start = System.nanoTime();
            for (int i = 0; System.nanoTime() - start < 2 * WRITE_TIMEOUT.toNanos(); i++) {
                gateway.provider.write(line("a", Instant.now(), "line " + i));
                assertThat(follower.next()).contains("line " + i);
            }
        }
        Eventually.assertThat(() -> gateway.provider.followers(), 0);
    }

    @Test
    void tellsFollowersWhenTheServerStops_andEndsCleanly() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        try (Follower follower = new Follower("/system/logs?name=a&follow=1");
                Follower watcher = new Follower("/system/functions?watch=1")) {
            assertThat(watcher.next()).contains("ADDED");
            Disposable stopping = gateway.server.stop(Duration.ofSeconds(20)).subscribe();

            assertThat(follower.next()).isEmpty(); // the last chunk
            assertThat(watcher.next()).isEmpty();
            Eventually.assertThat(stopping::isDisposed, true);
        }
    }

    @Test
    void refusesMoreStreamsOfOneClientThanItsBound() throws Exception {
        try (TestGateway one = new TestGateway(Map.of("SLUICE_MAX_FOLLOWERS_PER_CLIENT", "1"));
                Socket first = new Socket(InetAddress.getLoopbackAddress(), one.server.port())) {
            String request = "GET /system/functions?watch=1 HTTP/1.1\r\nHost: a\r\n" + TestGateway.CREDENTIALS;
            first.getOutputStream().write((request + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(first.getInputStream().read()).isEqualTo('H'); // it follows

            RawHttp.Reply second = one.get("/system/functions?watch=1");

            assertThat(second.status()).isEqualTo(429);
            assertThat(second.body()).contains("SLUICE_MAX_FOLLOWERS_PER_CLIENT");
        }
    }

    @Test
    void refusesMoreStreamsThanItsBound_andTakesANewOneWhenOneEnds() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        String target = "/system/logs?name=a&follow=true";
        try (Follower first = new Follower(target);
                Follower second = new Follower("/system/functions?watch=true")) {
            assertThat(List.of(first.status, second.status)).containsOnly(200);
            assertThat(gateway.get(target).status()).isEqualTo(429);
        }
        Eventually.assertThat(() -> isTaken(target), true);
    }

    @Test
    void watches_fromTheStateThatIs_throughEveryChange() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.put(SomeFunctions.in("staging", "other", Map.of()), List.of());
        try (Follower watcher = new Follower("/system/functions?watch")) {
            assertThat(watcher.next())
                    .startsWith("{\"type\":\"ADDED\",\"object\":{\"name\":\"a\",")
                    .endsWith("\"resourceVersion\":\"1001\"}}\n");

            gateway.provider.put(SomeFunctions.in("openfaas-fn", "a", Map.of("v", "2")), List.of());
            assertThat(watcher.next()).contains("\"MODIFIED\"", "\"v\":\"2\"", "\"resourceVersion\":\"1003\"");

            gateway.provider.put(SomeFunctions.in("staging", "other", Map.of("v", "2")), List.of());
            gateway.provider.drop(new FunctionName("a", "openfaas-fn"));
            assertThat(watcher.next()).contains("\"DELETED\"", "\"v\":\"2\"", "\"resourceVersion\":\"1005\"");
        }
    }

    @Test
    void watches_fromAVersion() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        String version = gateway.get("/system/functions").field("x-resource-version");
        gateway.provider.put(SomeFunctions.named("b"), List.of());

        try (Follower watcher = new Follower("/system/functions?watch=true&resourceVersion=" + version)) {
            assertThat(watcher.next()).contains("\"ADDED\"", "\"name\":\"b\"");
        }
    }

    @Test
    void tellsAWatcherThatCameTooLate_toListAgain() {
        RawHttp.Reply reply = gateway.get("/system/functions?watch=true&resourceVersion=12");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body())
                .isEqualTo("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\","
                        + "\"metadata\":{},\"status\":\"Failure\",\"message\":\"too old resource version: 12 (1000)\","
                        + "\"reason\":\"Expired\",\"code\":410}}\n");
    }

    @Test
    void endsAWatch_withABookmark_whenItsTimeIsUp() {
        gateway.provider.put(SomeFunctions.named("a"), List.of());

        RawHttp.Reply reply = gateway.get("/system/functions?watch=true&timeoutSeconds=1&allowWatchBookmarks=true");

        assertThat(reply.body())
                .endsWith("{\"type\":\"BOOKMARK\",\"object\":{\"resourceVersion\":\"1001\"}}\n")
                .hasLineCount(2);
    }

    @Test
    void refusesAWatchFromAVersionThatDoesNotCome() {
        RawHttp.Reply reply = gateway.get("/system/functions?watch=true&resourceVersion=5000");

        assertThat(reply.status()).isEqualTo(504);
        assertThat(reply.body()).contains("\"reason\":\"Timeout\"");
    }

    @ParameterizedTest
    @CsvSource({
        "/system/functions?watch=true&resourceVersion=abc,400",
        "/system/functions?watch=true&labelSelector=a%3D%3Db%3D,400",
        "/system/functions?watch=true&fieldSelector=spec.image%3Da,400",
        "/system/functions?watch=true&sendInitialEvents=true,422",
        "/system/functions?watch=true&timeoutSeconds=soon,400"
    })
    void refusesAWatch(String target, int status) {
        assertThat(gateway.get(target).status()).isEqualTo(status);
    }

    @Test
    void listsWithoutWatching_whenWatchIsFalse() {
        assertThat(gateway.get("/system/functions?watch=false").body()).isEqualTo("[]");
    }

    private boolean isTaken(String target) {
        try (Follower follower = new Follower(target)) {
            return follower.status == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static LogLine line(String function, Instant at, String text) {
        return new LogLine(function, "openfaas-fn", function + "-1", at, text);
    }

    /** A client that reads a stream chunk by chunk. */
    private final class Follower implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final int status;

        Follower(String target) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port());
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(RawHttp.request("GET", target, "", TestGateway.CREDENTIALS));
            in = socket.getInputStream();
            status = Integer.parseInt(RawHttp.line(in).split(" ", 3)[1]);
            while (!RawHttp.line(in).isEmpty()) {
                assertThat(status).isPositive(); // the fields do not matter here
            }
        }

        String next() throws IOException {
            return new String(RawHttp.chunk(in), StandardCharsets.UTF_8);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
