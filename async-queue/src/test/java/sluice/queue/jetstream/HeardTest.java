package sluice.queue.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Hooks;

final class HeardTest {
    private final CompletableFuture<String> asked = new CompletableFuture<>();

    @AfterEach
    void reset() {
        Hooks.resetOnErrorDropped();
    }

    @Test
    void tellsTheAnswer() {
        asked.complete("yes");
        assertThat(Heard.of(() -> asked).block()).isEqualTo("yes");
    }

    @Test
    void tellsWhyThereIsNone() {
        asked.completeExceptionally(new IOException("gone"));
        assertThatThrownBy(() -> Heard.of(() -> asked).block()).hasRootCauseMessage("gone");
    }

    @Test
    void dropsNoError_whenTheQuestionFailsAfterNobodyWaitsAnyMore() {
        Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();
        Hooks.onErrorDropped(dropped::add);

        Heard.of(() -> asked.thenApply(answer -> answer)).subscribe().dispose();
        asked.completeExceptionally(new CancellationException("Future cancelled"));

        assertThat(dropped).isEmpty();
        assertThat(asked).isCompletedExceptionally();
    }
}
