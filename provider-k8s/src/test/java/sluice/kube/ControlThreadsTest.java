package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import sluice.core.Failure;
import sluice.core.FailureException;

class ControlThreadsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ControlThreads threads = new ControlThreads(1, 1);
    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void close() {
        threads.close();
    }

    @Test
    void answersEverybody_whenItCloses() throws InterruptedException {
        CompletableFuture<Boolean> running = occupy();
        CompletableFuture<Boolean> waiting = threads.ask(() -> true).toFuture();

        threads.close();

        isRefused(Mono.fromFuture(running), "the gateway is stopping");
        isRefused(Mono.fromFuture(waiting), "the gateway is stopping");
        isRefused(threads.ask(() -> true), "the gateway is stopping");
    }

    @Test
    void refusesWhatMayNotWait() throws InterruptedException {
        CompletableFuture<Boolean> running = occupy();
        CompletableFuture<Boolean> waiting = threads.ask(() -> true).toFuture();

        isRefused(threads.ask(() -> true), "SLUICE_KUBE_WAITING_CHANGES");
        assertThat(running).isNotDone();
        assertThat(waiting).isNotDone();
    }

    private CompletableFuture<Boolean> occupy() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> running = threads.ask(() -> {
                    begun.countDown();
                    never.await();
                    return true;
                })
                .toFuture();
        assertThat(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return running;
    }

    private static void isRefused(Mono<Boolean> answer, String text) {
        assertThatThrownBy(() -> answer.block(PATIENCE))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE))
                .hasMessageContaining(text);
    }
}
