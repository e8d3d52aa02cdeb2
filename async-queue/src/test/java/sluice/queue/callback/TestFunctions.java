package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionEvent;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.calls.FunctionCaller;

/** One function, {@code next.openfaas-fn}, which takes callbacks. Thread-safe. */
final class TestFunctions implements FunctionCaller, Functions {
    static final FunctionName NEXT = new FunctionName("next", "openfaas-fn");

    final List<CallHead> heads = new CopyOnWriteArrayList<>();
    final List<String> bodies = new CopyOnWriteArrayList<>();
    final AtomicInteger status = new AtomicInteger(200);
    final Map<String, String> annotations = new ConcurrentHashMap<>();

    @Override
    public Mono<Slot> slot(FunctionName function) {
        return function.equals(NEXT)
                ? Mono.just(new FreeSlot(function))
                : Mono.error(Failure.UNKNOWN_FUNCTION.in(Component.INVOKER, "no such function"));
    }

    private record FreeSlot(FunctionName function) implements Slot {
        @Override
        public boolean isBounded() {
            return false;
        }

        @Override
        public void release() {
            // there is always another one
        }
    }

    @Override
    public Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body) {
        return body.map(TestFunctions::take).reduce("", String::concat).map(text -> {
            heads.add(head);
            bodies.add(text);
            return new CallAnswer(
                    status.get(),
                    new DefaultHttpHeaders(),
                    Flux.just("a", "b").map(part -> Unpooled.copiedBuffer(part, StandardCharsets.US_ASCII)));
        });
    }

    private static String take(ByteBuf data) {
        String text = data.toString(StandardCharsets.ISO_8859_1);
        data.release();
        return text;
    }

    @Override
    public @Nullable FunctionStatus find(FunctionName name) {
        FunctionDeployment deployment = new FunctionDeployment(
                NEXT, "image", null, Map.of(), List.of(), List.of(), Map.of(), annotations, null, null, false);
        return name.equals(NEXT) ? new FunctionStatus(deployment, 1, 1, Instant.EPOCH, null) : null;
    }

    @Override
    public List<FunctionStatus> all() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long version() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Flux<FunctionEvent> watch(long since) {
        throw new UnsupportedOperationException();
    }
}
