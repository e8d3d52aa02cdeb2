package sluice.local.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import sluice.core.FunctionName;
import sluice.core.LogLine;
import sluice.core.LogQuery;

class FunctionLogTest {
    private static final FunctionName FUNCTION = new FunctionName("echo", "openfaas-fn");

    private final FunctionLog log = new FunctionLog(FUNCTION, 10, 10_000);

    @Test
    void tellsWhoWroteWhat() {
        log.add("echo-1", "hello");

        LogLine line = Objects.requireNonNull(log.read(query(null, 0, false)).blockFirst());

        assertThat(line.text()).isEqualTo("hello");
        assertThat(line.instance()).isEqualTo("echo-1");
        assertThat(line.name()).isEqualTo("echo");
        assertThat(line.namespace()).isEqualTo("openfaas-fn");
    }

    @Test
    void limitsTheTailPerReplica() {
        for (int i = 0; i < 5; i++) {
            log.add("echo-1", "a" + i);
            log.add("echo-2", "b" + i);
        }

        assertThat(texts(query(null, 2, false))).containsExactlyInAnyOrder("a3", "a4", "b3", "b4");
        assertThat(texts(query("echo-2", 0, false))).containsExactly("b0", "b1", "b2", "b3", "b4");
    }

    @Test
    void tellsNothingOlderThanAsked() {
        log.add("echo-1", "old");
        Instant now = Instant.now().plusNanos(1);
        LogQuery query = new LogQuery(FUNCTION, null, 0, now.plusSeconds(60), false);

        assertThat(texts(query)).isEmpty();
        assertThat(texts(new LogQuery(FUNCTION, null, 0, now.minusSeconds(60), false)))
                .containsExactly("old");
    }

    @Test
    void keepsTheNewestLines() {
        for (int i = 0; i < 25; i++) {
            log.add("echo-1", "line " + i);
        }
        log.add("echo-2", "x".repeat(9_000));
        log.add("echo-2", "y".repeat(9_000));

        assertThat(texts(query("echo-1", 0, false))).hasSize(10).first().isEqualTo("line 15");
        assertThat(texts(query("echo-2", 0, false))).containsExactly("y".repeat(9_000));
    }

    @Test
    void forgetsReplicasThatAreGone() {
        log.add("echo-1", "hello");
        log.forget("echo-1");

        assertThat(texts(query(null, 0, false))).isEmpty();
    }

    @Test
    void follows_untilTheFunctionIsRemoved() {
        log.add("echo-1", "before");

        StepVerifier.create(log.read(query(null, 0, true)).map(LogLine::text))
                .expectNext("before")
                .then(() -> log.add("echo-2", "after"))
                .expectNext("after")
                .then(log::close)
                .verifyComplete();
    }

    @Test
    void tellsASlowFollowerHowMuchItLost() {
        Flux<String> followed = log.read(query(null, 0, true)).map(LogLine::text);

        StepVerifier.create(followed, 0)
                .then(() -> {
                    for (int i = 0; i < 1_500; i++) {
                        log.add("echo-1", "line " + i);
                    }
                })
                .thenRequest(1)
                .expectNext("line 0")
                .then(() -> log.add("echo-1", "and on"))
                .then(() -> log.add("echo-1", "lost again"))
                .thenRequest(2_000)
                .expectNextCount(999)
                .expectNext("500 lines were dropped: the reader is too slow", "and on")
                .expectNext("1 lines were dropped: the reader is too slow")
                .then(log::close)
                .verifyComplete();
    }

    private List<String> texts(LogQuery query) {
        return Objects.requireNonNull(
                log.read(query).map(LogLine::text).collectList().block());
    }

    private static LogQuery query(@Nullable String instance, int tail, boolean follows) {
        return new LogQuery(FUNCTION, instance, tail, null, follows);
    }
}
