package sluice.invoker;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import java.nio.charset.StandardCharsets;

/** The fields of an answer as a client would get them, as an object for callers inside this process. */
final class AnswerFields {
    private static final HttpHeadersFactory UNCHECKED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false); // our own reader has checked them

    private AnswerFields() {}

    /** Fields of the answer whose head is in the loop's scratch space, without framing; {@code servedBy} is a line. */
    static HttpHeaders of(Head head, ResponseFacts facts, ForwardedHead request, byte[] servedBy) {
        HttpHeaders fields = UNCHECKED.newHeaders();
        for (int i = 0; i < head.fields; i++) {
            if (AnswerHead.isKept(head.field[i], false) && !(facts.nominates && head.isNominated(i))) {
                fields.add(head.text(head.nameStart[i], head.nameEnd[i]), head.value(i));
            }
        }
        if (!facts.hasCallId) {
            fields.add("X-Call-Id", request.callId());
        }
        if (!facts.hasStartTime) {
            fields.add("X-Start-Time", request.startTime());
        }
        if (!facts.hasContentType && head.status != 304 && head.status != 204) {
            String asRequest = request.contentType();
            fields.add("Content-Type", asRequest == null ? "text/plain" : asRequest);
        }
        String line = new String(servedBy, StandardCharsets.ISO_8859_1).trim();
        int colon = line.indexOf(':');
        return fields.add(line.substring(0, colon), line.substring(colon + 1).trim());
    }
}
