package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.FunctionName;
import sluice.core.calls.FunctionCaller;
import sluice.core.calls.FunctionCaller.CallAnswer;
import sluice.core.calls.FunctionCaller.CallHead;
import sluice.core.calls.FunctionCaller.Slot;

/** Calls as a queue makes them. */
final class QueuedCalls {
    static final FunctionName F = new FunctionName("f", "openfaas-fn");

    private QueuedCalls() {}

    static CallHead head(String method, String target, long length, String... fields) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (int i = 0; i < fields.length; i += 2) {
            headers.add(fields[i], fields[i + 1]);
        }
        return new CallHead(method, target, "gw.example.com", headers, length, null);
    }

    static Flux<ByteBuf> body(String... parts) {
        return Flux.just(parts).map(QueuedCalls::buffer);
    }

    static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** A slot of {@link #F}, once there is one. */
    static Slot slot(FunctionCaller caller) {
        return Objects.requireNonNull(caller.slot(F).block(RawConnection.PATIENCE));
    }

    /** Asks for a slot and calls {@link #F} in it. */
    static Mono<CallAnswer> call(FunctionCaller caller, CallHead head, Flux<ByteBuf> body) {
        return caller.slot(F).flatMap(slot -> caller.call(slot, head, body));
    }

    /** The whole body as text. */
    static Mono<String> text(Flux<ByteBuf> body) {
        return body.map(QueuedCalls::take).reduce("", String::concat);
    }

    private static String take(ByteBuf data) {
        String text = data.toString(StandardCharsets.ISO_8859_1);
        data.release();
        return text;
    }
}
