package sluice.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import sluice.core.DataPlane;

/**
 * Directly behind the HTTP/1 codec: tells the data plane when the answer to a request that it passed down is out. An
 * informational answer (100) is not the answer, but one that switches the protocol is the last. Tells it in a turn of the loop of its own, since the next request may
 * come down at once and the handlers above are still inside their write.
 */
final class AnswerEnd extends ChannelOutboundHandlerAdapter {
    private static final int SWITCHING_PROTOCOLS = 101;

    private final DataPlane.Passage passage;
    private boolean isInformational;

    AnswerEnd(DataPlane.Passage passage) {
        this.passage = passage;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
        if (msg instanceof HttpResponse response) {
            isInformational = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        }
        boolean isEnd = msg instanceof LastHttpContent && !isInformational;
        if (msg instanceof HttpResponse response && response.status().code() == SWITCHING_PROTOCOLS) {
            super.write(ctx, msg, promise.unvoid().addListener(written -> tell(ctx, written, passage::switched)));
        } else {
            super.write(
                    ctx,
                    msg,
                    isEnd ? promise.unvoid().addListener(written -> tell(ctx, written, passage::answered)) : promise);
        }
    }

    private static void tell(ChannelHandlerContext ctx, Future<?> written, Runnable what) {
        if (written.isSuccess()) {
            ctx.executor().execute(what);
        }
    }
}
