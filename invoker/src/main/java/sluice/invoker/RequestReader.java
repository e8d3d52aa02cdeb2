package sluice.invoker;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads the request heads of a {@link ClientConnection}, strictly, and tells whose each request is and how the body behind
 * it is framed. One per connection, confined to its loop.
 */
final class RequestReader {
    /** What became of the bytes that have come. */
    enum Outcome {
        /** No more can be said until more of the head comes. */
        INCOMPLETE,
        /** {@link #refusal} says why; the head has been skipped, if it could be read. */
        REFUSED,
        /** The head is still there. */
        FOR_CONTROL,
        /** The head has been skipped. */
        FOR_FUNCTION
    }

    private final HeadLimits limits;
    private final LoopState loop;
    private final RequestDesk desk;
    private final AnswerWriter answers;
    private final BodyReader body;
    private @Nullable Refusal refusal;
    private int scanned;

    /**
     * @param answers who has to know what kind of answer the client understands
     * @param body set up for the body behind each head
     */
    RequestReader(HeadLimits limits, LoopState loop, RequestDesk desk, AnswerWriter answers, BodyReader body) {
        this.limits = limits;
        this.loop = loop;
        this.desk = desk;
        this.answers = answers;
        this.body = body;
    }

    /** Reads the head that {@code in} begins with into the loop's scratch space. */
    Outcome read(ByteBuf in) {
        if (!mayBeComplete(in)) {
            return Outcome.INCOMPLETE;
        }
        Head head = loop.head;
        Head.Result result = head.readRequest(in);
        if (result == Head.Result.INCOMPLETE) {
            scanned = in.readableBytes();
            return Outcome.INCOMPLETE;
        }
        scanned = 0;
        answers.heedNothing();
        if (result != Head.Result.COMPLETE) {
            body.none();
            refusal = desk.refusalOf(result);
            return Outcome.REFUSED;
        }
        Refusal refused = desk.read();
        refusal = refused;
        answers.heed(head, loop.facts, refused);
        expectBody(loop.facts, refused);
        if (refused == null && desk.isForControl()) {
            return Outcome.FOR_CONTROL;
        }
        in.skipBytes(head.length);
        if (refused == null) {
            return Outcome.FOR_FUNCTION;
        }
        desk.keepCallId();
        return Outcome.REFUSED;
    }

    /** Whether a new look at an incomplete head is worth it: only a line end can have completed it. */
    private boolean mayBeComplete(ByteBuf in) {
        int size = in.readableBytes();
        if (scanned == 0
                || size > limits.requestHead()
                || (size > limits.requestLine() && scanned <= limits.requestLine())) {
            return true;
        }
        boolean hasLineEnd = in.indexOf(in.readerIndex() + scanned, in.writerIndex(), (byte) '\n') >= 0;
        scanned = size;
        return hasLineEnd;
    }

    private void expectBody(RequestFacts facts, @Nullable Refusal refused) {
        if (refused != null && refused.closes()) {
            body.none();
        } else if (facts.isChunked) {
            body.chunked();
        } else {
            body.length(Math.max(0, facts.contentLength));
        }
        if (refused != null && facts.expectsContinue) {
            answers.endConnection(); // whether the body will come now is the client's guess
            body.none();
        }
    }

    /** Why the request that was read last is refused. */
    Refusal refusal() {
        Refusal why = refusal;
        if (why == null) {
            throw new IllegalStateException("nothing was refused");
        }
        return why;
    }

    /** The next head is that of another request. */
    void next() {
        scanned = 0;
    }
}
