package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.calls.FunctionCaller;

/**
 * The door for calls that come from inside this process: no connection, the same walk. A call is given a loop of its
 * own when it asks for a slot, and stays there. Thread-safe.
 */
final class Caller implements FunctionCaller {
    private final RelayContext relay;
    private final Map<FunctionName, Route> routes;
    private final Set<QueuedCall> running = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> hasLoops = Sinks.empty();
    private final AtomicInteger turn = new AtomicInteger();
    private volatile List<LoopState> loops = List.of();

    Caller(RelayContext relay, Map<FunctionName, Route> routes) {
        this.relay = relay;
        this.routes = routes;
    }

    /** Spreads calls over {@code own} from now on; those that asked before have waited for it. */
    void runOn(List<LoopState> own) {
        loops = List.copyOf(own);
        var unused = hasLoops.tryEmitEmpty(); // refused the second time, which is as well
    }

    @Override
    public Mono<Slot> slot(FunctionName function) {
        Mono<Slot> slot = Mono.defer(() -> {
            Route route = routes.get(function);
            return route == null ? Mono.error(unknown(function)) : SlotRequest.of(relay, route, nextLoop());
        });
        return Mono.defer(() -> loops.isEmpty() ? hasLoops.asMono().then(slot) : slot);
    }

    @Override
    public Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body) {
        return QueuedCall.of(relay, (SpareSlot) slot, head, body, running);
    }

    /** Ends in mid-air what still runs. */
    void abortAll() {
        running.forEach(QueuedCall::abortNow);
    }

    private LoopState nextLoop() {
        List<LoopState> all = loops;
        return all.get(Math.floorMod(turn.getAndIncrement(), all.size()));
    }

    private static Throwable unknown(FunctionName function) {
        return Failure.UNKNOWN_FUNCTION.in(
                Component.INVOKER, "error finding function " + function + ": no such function");
    }
}
