package sluice.queue.schedule;

import io.netty.buffer.ByteBuf;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.calls.FunctionCaller;

/** Fails each call with one reason. */
record FailingCaller(FailureException reason) implements FunctionCaller {
    @Override
    public Mono<Slot> slot(FunctionName function) {
        return Mono.error(reason);
    }

    @Override
    public Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body) {
        return Mono.error(reason);
    }
}
