package sluice.invoker;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads as Netty's decoders do, with the limits of the relay and all else as it comes. */
final class NettyReading {
    private final List<Reading.Message> messages = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private @Nullable String line;
    private List<String> fields = List.of();
    private String reason = "";

    Reading read(SluiceReading.Kind kind, byte[] bytes) {
        messages.clear();
        line = null;
        reason = "";
        HeadLimits limits = Routes.DEFAULTS.heads();
        EmbeddedChannel channel = new EmbeddedChannel(
                kind == SluiceReading.Kind.REQUESTS
                        ? new HttpRequestDecoder(limits.requestLine(), limits.requestHead(), 8_192)
                        : new HttpResponseDecoder(limits.responseHead(), limits.responseHead(), 8_192));
        channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        takeAll(channel);
        if (kind == SluiceReading.Kind.RESPONSE) {
            boolean unused = channel.finish();
            takeAll(channel);
        }
        if (line != null) {
            note(List.of(), false);
        }
        Reading reading = new Reading(messages, reason.isEmpty() ? Reading.End.WAITS : Reading.End.REFUSES, reason);
        if (kind == SluiceReading.Kind.REQUESTS) {
            boolean unused = channel.finishAndReleaseAll();
        }
        return reading;
    }

    private void takeAll(EmbeddedChannel channel) {
        for (Object object = channel.readInbound(); object != null; object = channel.readInbound()) {
            if (reason.isEmpty() && object instanceof HttpObject part) { // bytes behind a 101 are no message
                take(part);
            }
            ReferenceCountUtil.release(object);
        }
    }

    private void take(HttpObject object) {
        if (object.decoderResult().isFailure()) {
            reason = object.decoderResult().cause().toString();
            return;
        }
        if (object instanceof HttpMessage message) {
            line = object instanceof HttpRequest request
                    ? request.method().name() + " " + request.uri() + " " + request.protocolVersion()
                    : message.protocolVersion() + " "
                            + ((HttpResponse) object).status().code();
            fields = list(message.headers());
            body.setLength(0);
        }
        if (object instanceof HttpContent content && line != null) {
            body.append(content.content().toString(StandardCharsets.ISO_8859_1));
            if (content instanceof LastHttpContent last) {
                note(list(last.trailingHeaders()), true);
                line = null;
            }
        }
    }

    private void note(List<String> trailers, boolean isWhole) {
        messages.add(new Reading.Message(-1, -1, String.valueOf(line), fields, body.toString(), trailers, isWhole));
    }

    private static List<String> list(HttpHeaders headers) {
        List<String> all = new ArrayList<>();
        for (Map.Entry<String, String> field : headers) {
            all.add(field.getKey() + ":" + field.getValue());
        }
        return all;
    }
}
