package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The request head as a replica will see it, written once and kept until the answer begins: a retry sends the same
 * bytes. Only the Host field differs from replica to replica, so it comes last and is written by {@link #addressedTo}.
 *
 * <p>It also keeps what the answer needs of the request: call id, start time, content type. Owns one buffer.
 */
final class ForwardedHead {
    private static final byte[] HTTP_1_1 = " HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FORWARDED_FOR = "X-Forwarded-For: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FORWARDED_HOST = "X-Forwarded-Host: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CALL_ID = "X-Call-Id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] START_TIME = "\r\nX-Start-Time: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HOPS = "\r\nX-Sluice-Hops: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTENT_LENGTH = "Content-Length: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CHUNKED = "Transfer-Encoding: chunked\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TE_TRAILERS = "TE: trailers\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UPGRADE = "Connection: Upgrade\r\nUpgrade: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HOST = "Host: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] END = {'\r', '\n', '\r', '\n'};
    /** Room for the Host field and a small body, so that both leave in one write. */
    private static final int ROOM = 128;

    private final ByteBuf bytes;
    private final int mark;
    private final int callIdAt;
    private final int callIdLength;
    private final int startTimeAt;
    private final int startTimeLength;
    private final int contentTypeAt;
    private final int contentTypeLength;
    private byte @Nullable [] corsLines;

    private ForwardedHead(ByteBuf bytes, Positions at) {
        this.bytes = bytes;
        this.mark = bytes.writerIndex();
        this.callIdAt = at.callId;
        this.callIdLength = at.callIdEnd - at.callId;
        this.startTimeAt = at.startTime;
        this.startTimeLength = at.startTimeEnd - at.startTime;
        this.contentTypeAt = at.contentType;
        this.contentTypeLength = at.contentTypeEnd - at.contentType;
    }

    /** Where things lie in the head that is being written. One per loop. */
    static final class Positions {
        int callId;
        int callIdEnd;
        int startTime;
        int startTimeEnd;
        int contentType;
        int contentTypeEnd;
    }

    /** Who is calling, as the head tells it. */
    interface Sender {
        /** {@code ip:port} of the peer; empty when there is none. */
        byte[] forwardedFor();

        /** Whether the peer may say where a call comes from. */
        boolean isTrusted();
    }

    /**
     * Writes the head that the scratch space of {@code loop} holds.
     *
     * @param dropsAuthorization whether the credential is the gateway's own (X3)
     * @param dropsPrivateTokens whether the function is private, so that such tokens were meant for the gateway
     * @param room bytes of a body that may follow in the same buffer
     */
    static ForwardedHead write(
            LoopState loop,
            Sender sender,
            boolean dropsAuthorization,
            boolean dropsPrivateTokens,
            byte[] userAgent,
            ByteBufAllocator allocator,
            int room) {
        Head head = loop.head;
        RequestFacts facts = loop.facts;
        HeadBuffer out = loop.out.clear();
        Positions at = loop.positions;
        at.contentType = 0;
        at.contentTypeEnd = 0;
        writeRequestLine(out, head, loop.target);
        boolean isTrusted = sender.isTrusted();
        copyFields(out, head, facts, at, isTrusted, dropsAuthorization, dropsPrivateTokens);
        writeForwarded(out, head, facts, loop.target, sender, isTrusted);
        writeIdentity(out, loop, at);
        if (facts.userAgent == RequestFacts.NONE) {
            out.put(userAgent);
        }
        writeFraming(out, head, facts);
        return new ForwardedHead(out.toBuffer(allocator, ROOM + room), at);
    }

    private static void writeRequestLine(HeadBuffer out, Head head, Target target) {
        out.put(head.bytes, head.methodStart, head.methodEnd).put((byte) ' ');
        if (target.restStart == target.end || head.bytes[target.restStart] != '/') {
            out.put((byte) '/'); // the path of the bare name, with or without a query
        }
        out.put(head.bytes, target.restStart, target.end).put(HTTP_1_1);
    }

    private static void copyFields(
            HeadBuffer out,
            Head head,
            RequestFacts facts,
            Positions at,
            boolean isTrusted,
            boolean dropsAuthorization,
            boolean dropsPrivateTokens) {
        int run = head.fieldsStart;
        int stop = run;
        for (int i = 0; i < head.fields; i++) {
            boolean isKept = isKept(head.field[i], isTrusted, dropsAuthorization, dropsPrivateTokens)
                    && !(facts.nominates && head.isNominated(i));
            if (isKept) {
                if (i == facts.contentType) {
                    int moved = out.length() - run; // the run will be copied to where the output ends now
                    at.contentType = head.valueStart[i] + moved;
                    at.contentTypeEnd = head.valueEnd[i] + moved;
                }
                stop = head.lineEnd[i];
            } else {
                out.put(head.bytes, run, stop);
                run = head.lineEnd[i];
                stop = run;
            }
        }
        out.put(head.bytes, run, stop);
    }

    private static boolean isKept(
            byte field, boolean isTrusted, boolean dropsAuthorization, boolean dropsPrivateTokens) {
        return switch (field) {
            case Field.HOST,
                    Field.CONNECTION,
                    Field.HOP_BY_HOP,
                    Field.KEEP_ALIVE,
                    Field.TE,
                    Field.TRAILER,
                    Field.TRANSFER_ENCODING,
                    Field.UPGRADE,
                    Field.CONTENT_LENGTH,
                    Field.EXPECT,
                    Field.X_CALL_ID,
                    Field.HOPS,
                    Field.OPENFAAS_INTERNAL -> false;
            case Field.AUTHORIZATION -> !dropsAuthorization;
            case Field.PRIVATE_TOKEN -> !dropsPrivateTokens;
            case Field.X_FORWARDED_FOR, Field.X_FORWARDED_HOST, Field.X_FORWARDED_OTHER -> isTrusted;
            default -> true;
        };
    }

    private static void writeForwarded(
            HeadBuffer out, Head head, RequestFacts facts, Target target, Sender sender, boolean isTrusted) {
        if (facts.forwardedFor == RequestFacts.NONE || !isTrusted) {
            byte[] peer = sender.forwardedFor();
            if (peer.length > 0) {
                out.put(FORWARDED_FOR).put(peer).put(CRLF);
            }
        }
        if (facts.forwardedHost == RequestFacts.NONE || !isTrusted) {
            if (target.authorityEnd > target.authorityStart) {
                out.put(FORWARDED_HOST)
                        .put(head.bytes, target.authorityStart, target.authorityEnd)
                        .put(CRLF);
            } else if (facts.host != RequestFacts.NONE) {
                out.put(FORWARDED_HOST)
                        .put(head.bytes, head.valueStart[facts.host], head.valueEnd[facts.host])
                        .put(CRLF);
            }
        }
    }

    private static void writeIdentity(HeadBuffer out, LoopState loop, Positions at) {
        Head head = loop.head;
        RequestFacts facts = loop.facts;
        out.put(CALL_ID);
        at.callId = out.length();
        if (facts.callId == RequestFacts.NONE) {
            out.putCallId(loop.ids);
        } else {
            out.put(head.bytes, head.valueStart[facts.callId], head.valueEnd[facts.callId]);
        }
        at.callIdEnd = out.length();
        out.put(START_TIME);
        at.startTime = out.length();
        out.putDecimal(loop.wallNanos());
        at.startTimeEnd = out.length();
        out.put(HOPS).putDecimal(facts.hops + 1L).put(CRLF);
    }

    private static void writeFraming(HeadBuffer out, Head head, RequestFacts facts) {
        if (facts.isChunked) {
            out.put(CHUNKED);
        } else if (facts.contentLength >= 0) {
            out.put(CONTENT_LENGTH).putDecimal(facts.contentLength).put(CRLF);
        }
        if (facts.isGrpc && facts.takesTrailers) {
            out.put(TE_TRAILERS);
        }
        if (facts.wantsUpgrade) {
            out.put(UPGRADE)
                    .put(head.bytes, head.valueStart[facts.upgrade], head.valueEnd[facts.upgrade])
                    .put(CRLF);
        }
    }

    /** The whole head for one replica, as a buffer that the caller releases and may append to. */
    ByteBuf addressedTo(byte[] authority) {
        bytes.writerIndex(mark);
        bytes.writeBytes(HOST).writeBytes(authority).writeBytes(END);
        return bytes.retainedDuplicate();
    }

    /** Lines about other origins that the answer has to have. */
    void answersWith(byte @Nullable [] lines) {
        corsLines = lines;
    }

    /** Those lines, or null where the function may say itself what it likes. */
    byte @Nullable [] corsLines() {
        return corsLines;
    }

    void putCallId(HeadBuffer out) {
        out.put(bytes, callIdAt, callIdLength);
    }

    void putStartTime(HeadBuffer out) {
        out.put(bytes, startTimeAt, startTimeLength);
    }

    /** The request's content type; false when it had none. */
    boolean putContentType(HeadBuffer out) {
        if (contentTypeLength == 0) {
            return false;
        }
        out.put(bytes, contentTypeAt, contentTypeLength);
        return true;
    }

    /** The call id as text, for messages. */
    String callId() {
        return bytes.toString(callIdAt, callIdLength, StandardCharsets.US_ASCII);
    }

    /** The start time as text. */
    String startTime() {
        return bytes.toString(startTimeAt, startTimeLength, StandardCharsets.US_ASCII);
    }

    /** The request's content type as text, or null. */
    @Nullable String contentType() {
        return contentTypeLength == 0
                ? null
                : bytes.toString(contentTypeAt, contentTypeLength, StandardCharsets.ISO_8859_1);
    }

    void release() {
        bytes.release();
    }
}
