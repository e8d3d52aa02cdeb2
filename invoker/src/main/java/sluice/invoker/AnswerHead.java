package sluice.invoker;

import java.nio.charset.StandardCharsets;

/** Writes the head of an answer in HTTP/1 for the client: the function's fields that may pass, and ours. */
final class AnswerHead {
    private static final byte[] HTTP_1_1 = "HTTP/1.1 ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CALL_ID = "X-Call-Id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] START_TIME = "X-Start-Time: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTENT_TYPE = "Content-Type: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TEXT_PLAIN = "text/plain".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTENT_LENGTH = "Content-Length: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CHUNKED = "Transfer-Encoding: chunked\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSE = "Connection: close\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEEP_ALIVE = "Connection: keep-alive\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONNECTION_UPGRADE = "Connection: Upgrade\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CRLF = {'\r', '\n'};

    private AnswerHead() {}

    /** How the body will be framed towards the client. */
    enum Framing {
        /** As declared: a length, or nothing where there is no body. */
        DECLARED,
        CHUNKED,
        UNTIL_CLOSE
    }

    /** How the connection goes on. */
    enum Persistence {
        /** Nothing to say. */
        KEEPS,
        /** HTTP/1.0 wants to be told. */
        KEEPS_AND_SAYS_SO,
        CLOSES
    }

    static HeadBuffer write(
            HeadBuffer out,
            Head head,
            ResponseFacts facts,
            ForwardedHead request,
            Framing framing,
            Persistence persistence,
            byte[] servedBy) {
        out.clear().put(HTTP_1_1);
        putStatus(out, head);
        byte[] cors = request.corsLines();
        copyFields(out, head, facts.nominates, framing == Framing.CHUNKED, cors != null);
        if (cors != null) {
            out.put(cors);
        }
        if (!facts.hasCallId) {
            request.putCallId(out.put(CALL_ID));
            out.put(CRLF);
        }
        if (!facts.hasStartTime) {
            request.putStartTime(out.put(START_TIME));
            out.put(CRLF);
        }
        out.put(servedBy);
        if (!facts.hasContentType && head.status != 304 && head.status != 204) {
            out.put(CONTENT_TYPE);
            if (!request.putContentType(out)) {
                out.put(TEXT_PLAIN);
            }
            out.put(CRLF);
        }
        if (framing == Framing.CHUNKED) {
            out.put(CHUNKED);
        } else if (framing == Framing.DECLARED && facts.contentLength >= 0 && head.status != 204) {
            out.put(CONTENT_LENGTH).putDecimal(facts.contentLength).put(CRLF);
        }
        if (persistence == Persistence.CLOSES) {
            out.put(CLOSE);
        } else if (persistence == Persistence.KEEPS_AND_SAYS_SO) {
            out.put(KEEP_ALIVE);
        }
        return out.put(CRLF);
    }

    /** The head of a 101: the function's fields, its Upgrade among them. */
    static HeadBuffer writeSwitch(HeadBuffer out, Head head, ForwardedHead request, byte[] servedBy) {
        out.clear().put(HTTP_1_1);
        putStatus(out, head);
        for (int i = 0; i < head.fields; i++) {
            if (head.field[i] == Field.UPGRADE || isKept(head.field[i], false)) {
                out.put(head.bytes, head.nameStart[i], head.lineEnd[i]);
            }
        }
        request.putCallId(out.put(CALL_ID));
        return out.put(CRLF).put(servedBy).put(CONNECTION_UPGRADE).put(CRLF);
    }

    private static void putStatus(HeadBuffer out, Head head) {
        out.put(head.bytes, 9, head.statusLineEnd); // the code, the reason, the line's end; the version is ours
    }

    private static void copyFields(HeadBuffer out, Head head, boolean nominates, boolean isChunked, boolean dropsCors) {
        int run = head.fieldsStart;
        int stop = run;
        for (int i = 0; i < head.fields; i++) {
            if (isKept(head.field[i], isChunked)
                    && !(nominates && head.isNominated(i))
                    && !(dropsCors && Cors.isAbout(head, i))) {
                stop = head.lineEnd[i];
            } else {
                out.put(head.bytes, run, stop);
                run = head.lineEnd[i];
                stop = run;
            }
        }
        out.put(head.bytes, run, stop);
    }

    /** Whether a field of a function's answer passes; what frames the message is written anew. */
    static boolean isKept(byte field, boolean isChunked) {
        return switch (field) {
            case Field.CONNECTION,
                    Field.HOP_BY_HOP,
                    Field.KEEP_ALIVE,
                    Field.TE,
                    Field.TRANSFER_ENCODING,
                    Field.UPGRADE,
                    Field.CONTENT_LENGTH,
                    Field.X_SERVED_BY -> false;
            case Field.TRAILER -> isChunked;
            default -> true;
        };
    }
}
