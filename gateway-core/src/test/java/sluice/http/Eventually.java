package sluice.http;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** Waits, up to ten seconds, for something that happens on another thread. */
final class Eventually {
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private Eventually() {}

    static <T> T value(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Duration.ofNanos(PATIENCE_NANOS)), "completed without a value");
    }

    static void done(Mono<Void> mono) {
        mono.block(Duration.ofNanos(PATIENCE_NANOS));
    }

    static <T> void assertThat(Supplier<T> actual, T expected) {
        long start = System.nanoTime();
        while (!expected.equals(actual.get()) && System.nanoTime() - start < PATIENCE_NANOS) {
            Thread.onSpinWait();
        }
        org.assertj.core.api.Assertions.assertThat(actual.get()).isEqualTo(expected);
    }
}
