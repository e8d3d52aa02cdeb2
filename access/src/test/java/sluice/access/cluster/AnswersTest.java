package sluice.access.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import sluice.core.MetricFamily;

class AnswersTest {
    private final AtomicLong nanos = new AtomicLong();
    private final Answers<Integer, String> answers =
            new Answers<>("test", 3, answer -> Duration.ofSeconds(answer.length()), nanos::get);

    private void learn(int key, String answer) {
        StepVerifier.create(answers.ask(key, () -> Mono.just(answer)))
                .expectNext(answer)
                .verifyComplete();
    }

    @Test
    void keepsThoseUsedLast_andNoMore() {
        learn(1, "a");
        learn(2, "b");
        learn(3, "c");
        assertThat(answers.recall(1)).isEqualTo("a");
        learn(4, "d");
        assertThat(answers.recall(2)).as("used longest ago").isNull();
        assertThat(answers.recall(1)).isEqualTo("a");
        assertThat(answers.recall(4)).isEqualTo("d");
    }

    @Test
    void keepsAnAnswerAsLongAsItCounts() {
        learn(1, "abc");
        nanos.addAndGet(Duration.ofMillis(2_999).toNanos());
        assertThat(answers.recall(1)).isEqualTo("abc");
        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(answers.recall(1)).isNull();
    }

    @Test
    void goesOnAsking_whenOneOfThoseWhoWaitLeaves() {
        Sinks.One<String> later = Sinks.one();
        AtomicInteger asked = new AtomicInteger();
        Mono<String> question = answers.ask(1, () -> {
            asked.incrementAndGet();
            return later.asMono();
        });
        StepVerifier.create(question).thenCancel().verify();
        StepVerifier.create(question)
                .then(() -> later.tryEmitValue("a").orThrow())
                .expectNext("a")
                .verifyComplete();
        assertThat(asked).hasValue(1);
    }

    @Test
    void countsWhatItKnewAndWhatItHadToAsk() {
        learn(1, "a");
        assertThat(answers.recall(1)).isEqualTo("a");
        assertThat(answers.recall(2)).isNull();
        assertThat(answers.samples()).extracting(MetricFamily.Sample::value).containsExactly(1.0, 1.0);
    }
}
