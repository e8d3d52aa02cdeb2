package sluice.invoker;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Heads of HTTP/2 streams written as HTTP/1 heads, and the other way round. */
final class StreamHead {
    private static final String LINE_END = "\r\n";

    private StreamHead() {}

    /**
     * Writes a request head; false when a name or value has a byte that could end a line. Fields of HTTP/1 connections
     * have no business in HTTP/2 and those that Netty made up for its conversion none outside; both are left out.
     */
    static boolean write(HeadBuffer out, String method, String target, HttpHeaders headers) {
        if (!isSafe(method) || !isSafe(target)) {
            return false;
        }
        out.clear().put(method).put((byte) ' ').put(target).put(" HTTP/1.1" + LINE_END);
        StringBuilder cookies = new StringBuilder();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence(); all.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = all.next();
            String name = field.getKey().toString().toLowerCase(Locale.ROOT);
            if (!isSafe(name) || !isSafe(field.getValue())) {
                return false;
            }
            if (name.equals("cookie")) { // may come in pieces (RFC 9113, 8.2.3)
                cookies.append(cookies.length() > 0 ? "; " : "").append(field.getValue());
            } else if (!isForConnections(name)) {
                out.put(name).put(": ").put(field.getValue().toString()).put(LINE_END);
            }
        }
        if (cookies.length() > 0) {
            out.put("cookie: " + cookies + LINE_END);
        }
        out.put(LINE_END);
        return true;
    }

    private static boolean isForConnections(String name) {
        return switch (name) {
            case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "expect" -> true;
            default -> name.startsWith("x-http2-");
        };
    }

    private static boolean isSafe(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                return false;
            }
        }
        return true;
    }

    /** The function's answer head that the loop's scratch space holds, with our own fields. */
    static Http2Headers answer(Head head, ResponseFacts facts, ForwardedHead request, byte[] servedBy) {
        Http2Headers headers = new DefaultHttp2Headers(false).status(Integer.toString(head.status));
        byte[] cors = request.corsLines();
        for (int i = 0; i < head.fields; i++) {
            if (AnswerHead.isKept(head.field[i], true)
                    && !(facts.nominates && head.isNominated(i))
                    && !(cors != null && Cors.isAbout(head, i))) {
                headers.add(name(head, i), head.value(i));
            }
        }
        addLines(headers, cors);
        if (!facts.hasCallId) {
            headers.add("x-call-id", request.callId());
        }
        if (!facts.hasStartTime) {
            headers.add("x-start-time", request.startTime());
        }
        addLine(headers, servedBy);
        if (!facts.hasContentType && head.status != 304 && head.status != 204) {
            String asRequest = request.contentType();
            headers.add("content-type", asRequest == null ? "text/plain" : asRequest);
        }
        if (facts.contentLength >= 0 && head.status != 204) {
            headers.add("content-length", Long.toString(facts.contentLength));
        }
        return headers;
    }

    static Http2Headers trailers(Head trailers) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (int i = 0; i < trailers.fields; i++) {
            if (Trailers.isAllowed(trailers.field[i])) {
                headers.add(name(trailers, i), trailers.value(i));
            }
        }
        return headers;
    }

    static Http2Headers refusal(
            Refusal refusal,
            String callId,
            long startTime,
            byte[] servedBy,
            byte @Nullable [] cors,
            int bodyBytes,
            boolean asJson) {
        Http2Headers headers = new DefaultHttp2Headers(false).status(Integer.toString(refusal.status()));
        headers.add("x-call-id", callId).add("x-start-time", Long.toString(startTime));
        addLine(headers, servedBy);
        if (refusal.status() >= 400) {
            headers.add("x-openfaas-internal", refusal.component().wireName());
        }
        if (bodyBytes > 0) {
            headers.add("content-type", RefusalText.contentType(asJson)).add("x-content-type-options", "nosniff");
        }
        if (refusal.retryAfterSeconds() > 0) {
            headers.add("retry-after", Integer.toString(refusal.retryAfterSeconds()));
        }
        addLines(headers, refusal.extraFields().getBytes(StandardCharsets.ISO_8859_1));
        addLines(headers, cors);
        return refusal.status() == 204 ? headers : headers.add("content-length", Integer.toString(bodyBytes));
    }

    private static void addLines(Http2Headers headers, byte @Nullable [] lines) {
        if (lines != null) {
            for (String line : new String(lines, StandardCharsets.ISO_8859_1).split(LINE_END, -1)) {
                if (!line.isEmpty()) {
                    addLine(headers, line.getBytes(StandardCharsets.ISO_8859_1));
                }
            }
        }
    }

    private static void addLine(Http2Headers headers, byte[] line) {
        String text = new String(line, StandardCharsets.ISO_8859_1).trim();
        int colon = text.indexOf(':');
        headers.add(
                text.substring(0, colon).toLowerCase(Locale.ROOT),
                text.substring(colon + 1).trim());
    }

    private static String name(Head head, int i) {
        return head.text(head.nameStart[i], head.nameEnd[i]).toLowerCase(Locale.ROOT);
    }
}
