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
 * informational answer (100) is not the answer. Tells it in a turn of the loop of its own, since the next request may
 * come down at once and the handlers above are still inside their write.
 */
final class AnswerEnd extends ChannelOutboundHandlerAdapter {
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
        super.write(ctx, msg, isEnd ? promise.unvoid().addListener(written -> tell(ctx, written)) : promise);
    }

    private void tell(ChannelHandlerContext ctx, Future<?> written) {
        if (written.isSuccess()) {
            ctx.executor().execute(passage::answered);
        }
    }
}
