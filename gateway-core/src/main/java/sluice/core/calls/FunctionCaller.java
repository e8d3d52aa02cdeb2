package sluice.core.calls;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.Identity;

/**
 * Calls functions on behalf of nobody who waits at a connection: the same routes, slots, pools and relay as a client's
 * call. Thread-safe; never blocks; signals on event loops, so subscribers must not block.
 */
public interface FunctionCaller {
    /**
     * Waits for a slot on a ready replica, behind every synchronous call: it is granted only when no synchronous call
     * waits and, where a replica has two slots or more, only while one stays free on it. A function without replicas
     * is woken as by a client's call. There is no bound on the wait: cancel to leave. A slot that is granted at the
     * same moment, or was delivered and not yet given to {@link #call}, goes back by itself.
     *
     * <p>Fails with {@link Failure#UNKNOWN_FUNCTION} when there is no such function or it is removed meanwhile, and as
     * the provider does when it could not be asked to wake the function; ask again later then.
     */
    Mono<Slot> slot(FunctionName function);

    /**
     * Calls the function in {@code slot}, which is given back when the answer's body has ended, failed or been
     * cancelled. Cancelling this or the body aborts the upstream request at once, until the body has ended.
     *
     * <p>Fails as a client's call would: {@link Failure#UPSTREAM_FAILED}, {@link Failure#UPSTREAM_TIMEOUT} and so on,
     * before the head by this publisher, after it by the body's.
     *
     * @param body subscribed to once, with demand; its buffers are released here
     */
    Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body);

    /** The right to have one call in flight on a replica. */
    interface Slot {
        FunctionName function();

        /** Whether the function limits calls per replica; if not, the caller has to bound itself. */
        boolean isBounded();

        /** Gives back a slot that was never used. Has no effect after {@link FunctionCaller#call}, or twice. */
        void release();
    }

    /**
     * The head of a call, as the function will see it.
     *
     * <p>{@code User-Agent} is written anew: {@code queue-worker/VERSION}.
     *
     * @param target path and query behind the function's name, as in {@link Submission#target}
     * @param host the client's {@code Host}, for {@code X-Forwarded-Host}
     * @param headers without framing and hop-by-hop fields; {@code X-Call-Id} among them, and {@code X-Sluice-Hops}
     *     if the call has passed a gateway before
     * @param contentLength bytes of the body, or -1 for chunked
     * @param admitted who showed a token that permits the call, when it was taken in; null when nobody was asked
     */
    record CallHead(
            String method,
            String target,
            String host,
            HttpHeaders headers,
            long contentLength,
            @Nullable Identity admitted) {}

    /**
     * A function's answer.
     *
     * @param headers as a client would get them, without framing and hop-by-hop fields
     * @param body must be subscribed to or the slot stays taken; honours demand, the subscriber releases each buffer;
     *     fails when the answer was cut
     */
    record CallAnswer(int status, HttpHeaders headers, Flux<ByteBuf> body) {}
}
