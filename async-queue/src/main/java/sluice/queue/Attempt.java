package sluice.queue;

import io.netty.buffer.ByteBuf;
import reactor.core.publisher.Flux;
import sluice.core.calls.FunctionCaller;

/**
 * A running attempt, durably begun.
 *
 * @param fence names this attempt to the journal; a newer one of the same call makes it void
 * @param number attempts begun so far, this one included; from 1
 * @param failures attempts that have ended without a final answer
 * @param maxAttempts failures at which the call is given up
 * @param submittedMillis when the call was kept, milliseconds since 1970 of the journal's clock
 * @param head what the function will see
 * @param body cold; may be subscribed to once; the subscriber releases each buffer
 */
public record Attempt(
        Rid rid,
        Lane lane,
        long fence,
        int number,
        int failures,
        int maxAttempts,
        long submittedMillis,
        long dueMillis,
        FunctionCaller.CallHead head,
        Flux<ByteBuf> body) {}
