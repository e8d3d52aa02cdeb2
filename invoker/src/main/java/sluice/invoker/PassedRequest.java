package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import sluice.core.DataPlane;

/**
 * The request of a {@link ClientConnection} that the control plane answers: it goes down to the server's codec byte for
 * byte, head and body as they were checked here, and the next one waits until it was answered. After a change of protocol
 * everything goes down as it comes.
 *
 * <p>While the body is on its way, the server's own demand decides how much is read; behind it reads are on, to notice a
 * client that leaves. One per connection, confined to its loop.
 */
final class PassedRequest implements DataPlane.Passage {
    private final LoopState loop;
    private final ClientConnection connection;
    private final BodyReader body;
    private boolean isAnswered;

    /** @param body of the request that is read last */
    PassedRequest(LoopState loop, ClientConnection connection, BodyReader body) {
        this.loop = loop;
        this.connection = connection;
        this.body = body;
    }

    /** Passes down the head that begins {@code in}. */
    void begin(ByteBuf in, int headLength) {
        isAnswered = false;
        if (!isWhole(in.readableBytes() - headLength)) {
            ctx().channel().config().setAutoRead(false);
        }
        ctx().fireChannelRead(in.readRetainedSlice(headLength));
        if (body.isDone()) {
            ctx().fireChannelReadComplete();
            watch();
        }
    }

    /** Then nothing has to be read for it, and reads need not be turned off and on, at a call of the kernel each. */
    private boolean isWhole(int bytesBehindHead) {
        return body.isDone() || (body.left() > 0 && body.left() <= bytesBehindHead);
    }

    /** The server has the whole request; from now on reads only tell whether the client is still there. */
    private void watch() {
        if (connection.isPassing()) {
            ctx().channel().config().setAutoRead(true);
        }
    }

    /** Passes down what of {@code in} is this request's; false when there is nothing to do until more comes. */
    boolean pass(ByteBuf in) {
        if (body.isDone()) {
            return false;
        }
        int from = in.readerIndex();
        ByteBuf data = body.next(in, loop.head);
        boolean goesOn = data != null || body.isDone();
        if (data != null) {
            data.release();
        }
        if (body.isBroken()) {
            connection.closeNow();
            return false;
        }
        ctx().fireChannelRead(in.retainedSlice(from, in.readerIndex() - from));
        if (body.isDone()) {
            if (isAnswered) {
                connection.next();
            } else {
                watch();
            }
        }
        return goesOn;
    }

    /** Passes down what comes after a change of protocol; takes ownership. */
    void passAll(ByteBuf in) {
        ctx().fireChannelRead(in);
        ctx().fireChannelReadComplete();
    }

    @Override
    public void answered() {
        if (connection.isPassing()) {
            isAnswered = true;
            if (body.isDone()) {
                connection.next();
                connection.work();
            }
        }
    }

    @Override
    public void switched() {
        if (connection.isPassing()) {
            connection.passEverything();
            readWhileWritable();
        }
    }

    /** Whoever does not read answers is not listened to, so that answers do not pile up. */
    void readWhileWritable() {
        ctx().channel().config().setAutoRead(ctx().channel().isWritable());
    }

    private ChannelHandlerContext ctx() {
        return connection.ctx();
    }
}
