package sluice.invoker;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The request of a {@link ClientConnection} that a function answers: its {@link Exchange} gets the body as it comes, and
 * after a change of protocol every byte. One per connection, confined to its loop.
 */
final class RelayedRequest {
    private final LoopState loop;
    private final RequestDesk desk;
    private final AnswerWriter answers;
    private final BodyReader body;
    private @Nullable Exchange call;

    /** @param body of the request that was read last */
    RelayedRequest(LoopState loop, RequestDesk desk, AnswerWriter answers, BodyReader body) {
        this.loop = loop;
        this.desk = desk;
        this.answers = answers;
        this.body = body;
    }

    /** The call in flight, or null. */
    @Nullable Exchange call() {
        return call;
    }

    /** Opens the call whose head was read last; if it is refused, the desk knows why, and null is returned. */
    @Nullable Exchange open() {
        Exchange opened = desk.open(answers);
        call = opened;
        return opened;
    }

    /** The call is over. */
    void ended() {
        call = null;
    }

    /** Gives the call what of {@code in} is its body; false when there is nothing to do until more comes. */
    boolean read(ByteBuf in) {
        Exchange current = call;
        if (current == null || body.isDone()) {
            return false; // the next request waits its turn
        }
        ByteBuf data = body.next(in, loop.head);
        if (data != null) {
            current.requestBody(data);
        }
        if (body.isBroken()) {
            answers.endConnection();
            body.none();
            current.requestBroken();
            return false;
        }
        if (body.isDone() && call == current) {
            current.requestEnd(data == null ? loop.head : null);
        }
        return data != null || call != current;
    }

    /** Bytes of a tunnel that came with the request's head; takes ownership. */
    void tunnelRest(ByteBuf in) {
        Exchange current = call;
        if (current == null) {
            in.release();
        } else {
            current.requestBody(in);
            current.requestReadComplete(); // no read of the socket follows that would flush it
        }
    }
}
