package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Valid messages with random bytes changed (promises 1, 2, 7 and 14): nothing hangs, one request never becomes two,
 * no slot is lost. Every failure names its seed.
 */
@Over.Http1Only("what is changed are the bytes of HTTP/1")
class RandomBytesTest {
    private static final long BUDGET_NANOS = 5_000_000_000L;
    private static final int[] LIKELY = {'\r', '\n', ' ', ':', '\t', 0, '0', ',', ';', '%', '.', '/', 0xff, 'x'};

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with(
            "SLUICE_HEAD_TIMEOUT", "200ms",
            "SLUICE_BODY_SILENCE", "200ms",
            "SLUICE_IDLE_TIMEOUT", "200ms",
            "upstream_timeout", "200ms");

    @Test
    void promise14_survivesChangedRequests() throws IOException {
        RawFunction function = gateway.function("f");
        List<String> valid = List.of(
                get("/function/f/a%2Fb?c=d", "X-A: b", "Connection: keep-alive, X-A"),
                post("/function/f", "hello", "Content-Type: text/plain"),
                chunked("/function/f") + chunk("hello") + "1;a=b\r\n!\r\n0\r\nX-T: u\r\n\r\n",
                get("http://gw.test/function/f", "Upgrade: custom", "Connection: Upgrade"));
        long seed = System.nanoTime();
        long end = seed + BUDGET_NANOS;
        for (int round = 0; System.nanoTime() < end; round++) {
            Random random = new Random(seed + round);
            String bytes = changed(valid.get(random.nextInt(valid.size())), random);
            long before = whole(function);
            try (RawConnection client = gateway.connect()) {
                client.send(bytes + get("/healthz", "Connection: close"));
                client.ending();
            } catch (IOException e) {
                throw new AssertionError("seed " + (seed + round) + ": " + bytes, e);
            }
            assertThat(whole(function) - before)
                    .describedAs("seed %d: %s", seed + round, bytes)
                    .isLessThanOrEqualTo(1);
        }
        gateway.awaitNothingInFlight();
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
        assertThat(function.requests()).isNotEmpty();
    }

    @Test
    void promise14_survivesChangedAnswers() throws IOException {
        List<String> valid = List.of(
                ok("hello", "Content-Type: text/plain", "Connection: X-A", "X-A: b"),
                CHUNKED_OK + chunk("hello") + "0\r\nX-T: u\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
        long seed = System.nanoTime();
        gateway.function("f", (connection, number) -> {
            connection.request();
            Random random = new Random(seed + number);
            connection.send(changed(valid.get(random.nextInt(valid.size())), random));
        });
        gateway.function("sane", RawFunction.answering(ok("sane")));
        long end = seed + BUDGET_NANOS;
        while (System.nanoTime() < end) {
            try (RawConnection client = gateway.connect()) {
                client.send(post("/function/f", "x", "Connection: close"));
                client.ending();
            } catch (IOException e) {
                throw new AssertionError("seeds from " + seed, e);
            }
            assertThat(gateway.call(get("/function/sane")).body()).isEqualTo("sane");
        }
        gateway.awaitNothingInFlight();
    }

    private static long whole(RawFunction function) {
        return function.requests().stream().filter(RawMessage::isWhole).count();
    }

    private static String changed(String bytes, Random random) {
        StringBuilder changed = new StringBuilder(bytes);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(changed.length());
            char other = (char) (random.nextBoolean() ? LIKELY[random.nextInt(LIKELY.length)] : random.nextInt(256));
            switch (random.nextInt(4)) {
                case 0 -> changed.setCharAt(at, other);
                case 1 -> changed.insert(at, other);
                case 2 -> changed.deleteCharAt(at);
                default ->
                    changed.insert(at, changed.substring(at, Math.min(changed.length(), at + random.nextInt(24))));
            }
        }
        return changed.toString();
    }
}
