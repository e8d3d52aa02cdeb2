package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.calls.FunctionCaller.CallHead;

/**
 * The head of a call from inside, written down as HTTP/1 and read by the same strict reader as everybody's, so that
 * nothing gets past it by another way in.
 */
final class CallerHead {
    private static final String LINE_END = "\r\n";

    private CallerHead() {}

    /** Has the head read into the scratch space of {@code loop}; why it is refused, or null. */
    static @Nullable Refusal read(LoopState loop, Route route, CallHead call, int maxHops) {
        if (!write(loop.out, route, call)) {
            return Refusal.malformed("a header field has an invalid byte");
        }
        ByteBuf written = loop.out.toBuffer(PooledByteBufAllocator.DEFAULT, 0);
        try {
            if (loop.head.readRequest(written) != Head.Result.COMPLETE) {
                return Refusal.malformed("the request head is malformed or too large");
            }
        } finally {
            written.release();
        }
        Head head = loop.head;
        Refusal refusal = loop.facts.read(head);
        if (refusal != null) {
            return refusal;
        }
        if (loop.target.read(head.bytes, head.targetStart, head.targetEnd) != Target.Kind.FUNCTION) {
            return Refusal.malformed("the request target has dot segments or is malformed");
        }
        if (!RequestDesk.isKnownMethod(head)) {
            return Refusal.of(405, Component.GATEWAY, "method not allowed");
        }
        return loop.facts.hops >= maxHops
                ? Refusal.of(
                        508,
                        Component.INVOKER,
                        "the call has passed " + loop.facts.hops + " gateways (SLUICE_MAX_HOPS)")
                : null;
    }

    private static boolean write(HeadBuffer out, Route route, CallHead call) {
        String target = "/function/" + route.name.qualified() + call.target();
        if (!isSafe(call.method()) || !isSafe(target) || !isSafe(call.host())) {
            return false;
        }
        out.clear().put(call.method() + " " + target + " HTTP/1.1\r\nHost: " + call.host() + LINE_END);
        HttpHeaders headers = call.headers();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence(); all.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = all.next();
            if (!isSafe(field.getKey()) || !isSafe(field.getValue())) {
                return false;
            }
            if (!isOurs(field.getKey())) {
                out.put(field.getKey().toString())
                        .put(": ")
                        .put(field.getValue().toString())
                        .put(LINE_END);
            }
        }
        if (call.contentLength() < 0) {
            out.put("Transfer-Encoding: chunked\r\n");
        } else if (call.contentLength() > 0 || anticipatesBody(call.method())) {
            out.put("Content-Length: " + call.contentLength() + LINE_END);
        }
        out.put(LINE_END);
        return true;
    }

    /** Fields that we write anew. */
    private static boolean isOurs(CharSequence name) {
        return switch (name.toString().toLowerCase(Locale.ROOT)) {
            case "host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "user-agent" -> true;
            default -> false;
        };
    }

    /** A missing body of these is said to be missing (RFC 9110, 8.6). */
    private static boolean anticipatesBody(String method) {
        return method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
    }

    private static boolean isSafe(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n' || c == 0 || c > 0xff) {
                return false;
            }
        }
        return true;
    }
}
