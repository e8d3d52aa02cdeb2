package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads as the relay does: {@link Head}, then its facts, then {@link BodyReader}; the bytes come in two pieces. */
final class SluiceReading {
    private final Head head = new Head(Routes.DEFAULTS.heads());
    private final RequestFacts requestFacts = new RequestFacts();
    private final ResponseFacts responseFacts = new ResponseFacts();
    private final BodyReader body = new BodyReader();
    private final List<Reading.Message> messages = new ArrayList<>();
    private final StringBuilder bodyText = new StringBuilder();

    private Kind kind = Kind.REQUESTS;
    private int start;
    private String line = "";
    private List<String> fields = List.of();
    private String reason = "";
    private boolean isInBody;

    /** Which side sent the bytes. */
    enum Kind {
        REQUESTS,
        /** One answer to a GET, after which the connection ends. */
        RESPONSE
    }

    Reading read(Kind from, byte[] bytes, int cut) {
        kind = from;
        messages.clear();
        reason = "";
        isInBody = false;
        ByteBuf in = Unpooled.wrappedBuffer(bytes).writerIndex(cut);
        take(in);
        in.writerIndex(bytes.length);
        take(in);
        if (isInBody) {
            boolean isEnded = kind == Kind.RESPONSE && body.isUntilClose();
            note(List.of(), in.readerIndex(), isEnded && reason.isEmpty());
        }
        return new Reading(messages, reason.isEmpty() ? Reading.End.WAITS : Reading.End.REFUSES, reason);
    }

    private void take(ByteBuf in) {
        boolean goesOn = reason.isEmpty();
        while (goesOn && in.isReadable()) {
            goesOn = isInBody ? takeBody(in) : takeHead(in);
        }
    }

    private boolean takeHead(ByteBuf in) {
        start = in.readerIndex();
        if (isSwitched()) {
            return false;
        }
        if (kind == Kind.RESPONSE && !messages.isEmpty() && !isInformational()) {
            reason = "left over";
            return false;
        }
        Head.Result result = kind == Kind.REQUESTS ? head.readRequest(in) : head.readResponse(in);
        if (result == Head.Result.INCOMPLETE) {
            return false;
        }
        if (result != Head.Result.COMPLETE) {
            reason = result.name();
            return false;
        }
        reason = kind == Kind.REQUESTS ? frameRequest() : frameResponse();
        if (!reason.isEmpty()) {
            return false;
        }
        in.skipBytes(head.length);
        line = kind == Kind.REQUESTS ? requestLine() : statusLine();
        fields = fields();
        bodyText.setLength(0);
        isInBody = true;
        return finishIfDone(in, false);
    }

    private boolean isInformational() {
        return messages.get(messages.size() - 1).line().charAt("HTTP/1.x ".length()) == '1';
    }

    /** What follows a 101 is no message of HTTP/1. */
    private boolean isSwitched() {
        return kind == Kind.RESPONSE
                && !messages.isEmpty()
                && messages.get(messages.size() - 1).line().endsWith(" 101");
    }

    private String frameRequest() {
        Refusal refusal = requestFacts.read(head);
        if (refusal != null) {
            return refusal.text();
        }
        if (requestFacts.isChunked) {
            body.chunked();
        } else {
            body.length(Math.max(0, requestFacts.contentLength));
        }
        return "";
    }

    private String frameResponse() {
        if (head.status < 200) {
            body.none();
            return "";
        }
        String wrong = responseFacts.read(head);
        if (head.status == 204 || head.status == 304) {
            body.none();
        } else if (responseFacts.isChunked) {
            body.chunked();
        } else if (responseFacts.contentLength >= 0) {
            body.length(responseFacts.contentLength);
        } else {
            body.untilClose();
        }
        return wrong;
    }

    private boolean takeBody(ByteBuf in) {
        @Nullable ByteBuf piece = body.next(in, head);
        if (piece != null) {
            bodyText.append(piece.toString(StandardCharsets.ISO_8859_1));
            piece.release();
        }
        if (body.isBroken()) {
            reason = "chunks";
            return false;
        }
        return finishIfDone(in, piece == null) || piece != null;
    }

    private boolean finishIfDone(ByteBuf in, boolean hasTrailers) {
        if (body.isDone()) {
            note(hasTrailers ? fields() : List.of(), in.readerIndex(), true);
            isInBody = false;
            return true;
        }
        return isInBody && bodyText.isEmpty() && !hasTrailers;
    }

    private void note(List<String> trailers, int stop, boolean isWhole) {
        messages.add(new Reading.Message(start, stop, line, fields, bodyText.toString(), trailers, isWhole));
    }

    private String requestLine() {
        return head.text(head.methodStart, head.methodEnd) + " " + head.text(head.targetStart, head.targetEnd)
                + " HTTP/1." + head.minorVersion;
    }

    private String statusLine() {
        return "HTTP/1." + head.minorVersion + " " + head.status;
    }

    private List<String> fields() {
        List<String> all = new ArrayList<>(head.fields);
        for (int i = 0; i < head.fields; i++) {
            all.add(head.text(head.nameStart[i], head.nameEnd[i]) + ":" + head.value(i));
        }
        return all;
    }
}
