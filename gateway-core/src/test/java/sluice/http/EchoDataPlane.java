package sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import sluice.core.ConnectionFacts;
import sluice.core.DataPlane;

/** A data plane small enough to see through: a call without a body is answered {@code hello}, one with is echoed. */
final class EchoDataPlane implements DataPlane {
    private static final Pattern LENGTH = Pattern.compile("content-length: *([0-9]+)");

    final List<ConnectionFacts> installed = new CopyOnWriteArrayList<>();
    final List<HttpHeaders> opened = new CopyOnWriteArrayList<>();
    final List<Channel> streams = new CopyOnWriteArrayList<>();
    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger readers = new AtomicInteger();
    final AtomicInteger passedDown = new AtomicInteger();
    volatile String codec = "";

    /** Sets the sizes of reads, and counts the connections that ask for them. */
    @Override
    @SuppressWarnings("deprecation") // the only way to say how large a read is
    public void prepare(Channel connection) {
        connection.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(4_096) {
            @Override
            public Handle newHandle() {
                readers.incrementAndGet();
                return super.newHandle();
            }
        });
    }

    @Override
    public Passage install(ChannelPipeline pipeline, String codecName, ConnectionFacts facts) {
        installed.add(facts);
        codec = codecName;
        pipeline.addBefore(codecName, "echo", new OneRequestAtATime());
        return answered::incrementAndGet;
    }

    @Override
    public boolean takes(String target, HttpHeaders headers) {
        return target.startsWith("/function/");
    }

    @Override
    public void open(
            Channel stream,
            String method,
            String target,
            HttpHeaders headers,
            boolean isComplete,
            ConnectionFacts facts) {
        opened.add(headers);
        streams.add(stream);
        stream.pipeline().addFirst("echo", new StreamEcho());
        if (isComplete) {
            headersTo(stream);
            stream.writeAndFlush(new DefaultHttp2DataFrame(text("hello"), true));
        } else {
            stream.read();
        }
    }

    @Override
    public Mono<Void> drain(Duration bound) {
        return Mono.empty();
    }

    private static void headersTo(Channel stream) {
        stream.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    /** Echoes data frames as they come; {@code /function/open} never ends. */
    private static final class StreamEcho extends ChannelInboundHandlerAdapter {
        private boolean begun;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (msg instanceof Http2DataFrame data) {
                if (!begun) {
                    begun = true;
                    headersTo(ctx.channel());
                }
                ctx.channel().writeAndFlush(new DefaultHttp2DataFrame(data.content(), data.isEndStream()));
                ctx.read();
            } else {
                ReferenceCountUtil.release(msg);
            }
        }
    }

    /** Collects one request, then answers it or passes its bytes down. */
    private final class OneRequestAtATime extends ChannelInboundHandlerAdapter {
        private final StringBuilder seen = new StringBuilder();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            seen.append(bytes.toString(StandardCharsets.ISO_8859_1));
            bytes.release();
            int head = seen.indexOf("\r\n\r\n");
            if (head < 0 || seen.length() < head + 4 + length(head)) {
                ctx.read();
                return;
            }
            String request = seen.toString();
            seen.setLength(0);
            if (request.contains(" /function/")) {
                String body = request.substring(head + 4);
                String answer = body.isEmpty() ? "hello" : body;
                ctx.writeAndFlush(text("HTTP/1.1 200 OK\r\nContent-Length: " + answer.length() + "\r\n\r\n" + answer));
                ctx.read();
            } else {
                passedDown.incrementAndGet();
                ctx.fireChannelRead(Unpooled.copiedBuffer(request, StandardCharsets.ISO_8859_1));
                ctx.fireChannelReadComplete();
            }
        }

        private int length(int head) {
            Matcher length = LENGTH.matcher(seen.substring(0, head).toLowerCase(Locale.ROOT));
            return length.find() ? Integer.parseInt(length.group(1)) : 0;
        }
    }
}
