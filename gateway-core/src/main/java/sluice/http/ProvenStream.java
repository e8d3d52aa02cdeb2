package sluice.http;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate.Decision;
import sluice.core.Identity;

/** Streams that end when their reader would not be let in any more: his token has ended, or was taken back. */
final class ProvenStream {
    private ProvenStream() {}

    /**
     * The same answer; if it is a stream, for as long as {@code caller} may read it.
     *
     * @param again asks anew
     * @param recheck how often; an error of that says nothing
     */
    static Answer of(Answer answer, Identity caller, Supplier<Mono<Decision>> again, Duration recheck) {
        Flux<byte[]> parts = answer.parts();
        if (parts == null || answer.ping() != null) { // a watch says itself why it ends
            return answer;
        }
        Mono<Decision> denied = Flux.interval(recheck)
                .onBackpressureDrop()
                .concatMap(tick -> again.get().onErrorComplete(), 0)
                .filter(ProvenStream::isFinal)
                .next();
        return answer.following(until(caller.expires(), parts).takeUntilOther(denied));
    }

    private static Flux<byte[]> until(@Nullable Instant expires, Flux<byte[]> parts) {
        return expires == null ? parts : parts.take(Duration.between(Instant.now(), expires));
    }

    /** Whether it is about the caller, and not about what cannot be found out now. */
    private static boolean isFinal(Decision decision) {
        return decision instanceof Decision.Deny deny
                && switch (deny.reason().failure()) {
                    case NOT_AUTHENTICATED, NOT_PERMITTED -> true;
                    default -> false;
                };
    }
}
