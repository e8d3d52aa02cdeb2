package sluice.queue.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What is removed behind everything else. */
final class RemovalsTest {
    private static final int AT_ONCE = 4;
    private static final int WAITING = 10_000;

    private final Removals removals = new Removals();
    private final List<Sinks.Empty<Void>> begun = new ArrayList<>();

    private Mono<Void> removal() {
        return Mono.defer(() -> {
            Sinks.Empty<Void> end = Sinks.empty();
            begun.add(end);
            return end.asMono();
        });
    }

    @Test
    void removesAFewAtATime_andTheNextWhenOneHasEndedOrFailed() {
        for (int i = 0; i < 10; i++) {
            removals.add(removal());
        }
        assertThat(begun).hasSize(AT_ONCE);
        begun.get(2).tryEmitEmpty();
        assertThat(begun).hasSize(AT_ONCE + 1);
        begun.get(0).tryEmitError(new IllegalStateException("stays behind"));
        assertThat(begun).hasSize(AT_ONCE + 2);
        for (int i = 0; i < 10; i++) {
            begun.get(i).tryEmitEmpty();
        }
        assertThat(begun).hasSize(10);
    }

    @Test
    void removesAtOnce_whatFindsNoRoomToWait() {
        for (int i = 0; i < AT_ONCE + WAITING; i++) {
            removals.add(removal());
        }
        assertThat(begun).hasSize(AT_ONCE);
        removals.add(removal());
        assertThat(begun).hasSize(AT_ONCE + 1);
    }
}
