package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a body in chunks (RFC 9112, 7.1), one for each part of it, with no extensions. Used on both sides;
 * {@link BodyReader} is its counterpart.
 */
final class Chunks {
    private static final ByteBuf CRLF = fixed("\r\n");
    private static final ByteBuf LAST = fixed("0\r\n\r\n");
    /** Largest part that is copied, so that it leaves in one buffer with what frames it. */
    private static final int SMALL = 8 * 1024;

    private Chunks() {}

    private static ByteBuf fixed(String text) {
        return Unpooled.unreleasableBuffer(Unpooled.directBuffer()
                .writeBytes(text.getBytes(StandardCharsets.US_ASCII))
                .asReadOnly());
    }

    /** Writes {@code data} as one chunk, nothing if it is empty: an empty chunk would be the last. Takes ownership. */
    static void write(ChannelHandlerContext ctx, ByteBuf data) {
        int size = data.readableBytes();
        if (size == 0) {
            ctx.write(data, ctx.voidPromise());
            return;
        }
        String header = Integer.toHexString(size);
        if (size <= SMALL) {
            ByteBuf whole = ctx.alloc().directBuffer(size + header.length() + 4);
            ByteBufUtil.writeAscii(whole, header);
            whole.writeBytes(CRLF, 0, 2).writeBytes(data).writeBytes(CRLF, 0, 2);
            data.release();
            ctx.write(whole, ctx.voidPromise());
        } else {
            ByteBuf line = ctx.alloc().directBuffer(header.length() + 2);
            ByteBufUtil.writeAscii(line, header);
            ctx.write(line.writeBytes(CRLF, 0, 2), ctx.voidPromise());
            ctx.write(data, ctx.voidPromise());
            ctx.write(CRLF.duplicate(), ctx.voidPromise());
        }
    }

    /**
     * Writes the chunk that ends a body.
     *
     * @param trailers fields to send with it, or null
     */
    static void writeLast(ChannelHandlerContext ctx, HeadBuffer out, @Nullable Head trailers) {
        ByteBuf last = trailers == null || trailers.fields == 0
                ? LAST.duplicate()
                : Trailers.lastChunk(out, trailers).toBuffer(ctx.alloc(), 0);
        ctx.write(last, ctx.voidPromise());
    }
}
