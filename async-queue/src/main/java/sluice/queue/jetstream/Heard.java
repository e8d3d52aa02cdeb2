package sluice.queue.jetstream;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What came of a question to the client library. The library ends futures that wait in vain with an error, much later or
 * when the connection goes; by then nobody listens any more, and Reactor would log each as an error that was dropped. As
 * a value it is dropped in silence.
 */
record Heard<T>(@Nullable T answer, @Nullable Throwable error) {
    /** The answer, or why there is none; a question that is not waited for any more goes on. */
    static <T> Mono<T> of(Supplier<CompletableFuture<T>> question) {
        return Mono.fromFuture(() -> question.get().handle((answer, error) -> new Heard<T>(answer, error)), true)
                .flatMap(Heard::told);
    }

    private Mono<T> told() {
        return error == null ? Mono.justOrEmpty(answer) : Mono.error(error);
    }
}
