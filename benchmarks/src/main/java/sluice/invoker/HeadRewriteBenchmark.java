package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import sluice.core.CallIds;
import sluice.core.Settings;

/** What one request head costs: read it strictly, find out what it means, write what the function will see; and by Netty's codec. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "-Djmh.executor=CUSTOM",
            "-Djmh.executor.class=sluice.invoker.LoopThreads",
            "-Dio.netty.leakDetection.level=disabled"
        })
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HeadRewriteBenchmark {
    private static final byte[] USER_AGENT = "User-Agent: bench\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AUTHORITY = "127.0.0.1:8081".getBytes(StandardCharsets.US_ASCII);
    private static final String CURL = """
            GET /function/up/items?id=7 HTTP/1.1
            Host: gateway.example
            User-Agent: curl/8.5.0
            Accept: */*

            """;
    private static final String BROWSER = """
            POST /function/up/items?id=7 HTTP/1.1
            Host: gateway.example
            Connection: keep-alive
            Content-Length: 0
            Pragma: no-cache
            Cache-Control: no-cache
            Sec-CH-UA-Platform: "Linux"
            User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
            Accept: application/json, text/plain, */*
            Content-Type: application/json
            Origin: http://gateway.example
            Sec-Fetch-Site: same-origin
            Sec-Fetch-Mode: cors
            Sec-Fetch-Dest: empty
            Referer: http://gateway.example/page
            Accept-Encoding: gzip, deflate, br
            Accept-Language: en-GB,en;q=0.9,de;q=0.8
            Cookie: session=0123456789abcdef0123456789abcdef; theme=dark

            """;

    /** Whose head. */
    public enum Client {
        CURL,
        BROWSER
    }

    @Param
    public @Nullable Client client;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final LoopState loop = new LoopState(
            0,
            group.next(),
            NioSocketChannel.class,
            HeadLimits.from(new Settings(Map.of())),
            CallIds.of(CallIds.newKey(), 0));
    private final ForwardedHead.Sender sender = new Peer();
    private final EmbeddedChannel decoder = new EmbeddedChannel(new HttpRequestDecoder());
    private final EmbeddedChannel encoder = new EmbeddedChannel(new HttpRequestEncoder());
    private ByteBuf in = Unpooled.EMPTY_BUFFER;

    @Setup
    public void writeHead() {
        String text = client == Client.CURL ? CURL : BROWSER;
        byte[] bytes = text.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
        in = PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
    }

    @TearDown(Level.Trial)
    public void release() {
        in.release();
        decoder.finishAndReleaseAll();
        encoder.finishAndReleaseAll();
        var unused = group.shutdownGracefully();
    }

    /** Reading alone. */
    @Benchmark
    public Head.Result read() {
        return loop.head.readRequest(in);
    }

    /** Reading, meaning, target and the head for the function. */
    @Benchmark
    public int rewrite() {
        if (loop.head.readRequest(in) != Head.Result.COMPLETE
                || loop.facts.read(loop.head) != null
                || loop.target.read(loop.head.bytes, loop.head.targetStart, loop.head.targetEnd)
                        != Target.Kind.FUNCTION) {
            throw new IllegalStateException("the head of the benchmark is refused");
        }
        ForwardedHead head =
                ForwardedHead.write(loop, sender, false, false, USER_AGENT, PooledByteBufAllocator.DEFAULT, 0);
        ByteBuf out = head.addressedTo(AUTHORITY);
        int length = out.readableBytes();
        out.release();
        head.release();
        return length;
    }

    /**
     * The same with Netty's codec, as little as a proxy can do with it: a head becomes objects, hop-by-hop fields go, four
     * fields are set, and the head is written again. Nothing is checked beyond what the decoder does by itself.
     */
    @Benchmark
    public int rewriteWithNettysCodec() {
        decoder.writeInbound(in.retainedDuplicate());
        HttpRequest request = decoder.readInbound();
        ReferenceCountUtil.release(decoder.readInbound()); // the end of a request without a body
        request.setUri(request.uri().substring("/function/up".length()));
        HttpHeaders headers = request.headers();
        headers.remove(HttpHeaderNames.CONNECTION);
        headers.remove(HttpHeaderNames.TE);
        headers.remove(HttpHeaderNames.UPGRADE);
        headers.set("X-Forwarded-For", "192.0.2.1:40000");
        headers.set("X-Forwarded-Host", headers.get(HttpHeaderNames.HOST));
        headers.set("X-Call-Id", "0123456789abcdef0123456789abcdef");
        headers.set(HttpHeaderNames.HOST, "127.0.0.1:8081");
        encoder.writeOutbound(request, LastHttpContent.EMPTY_LAST_CONTENT);
        ByteBuf out = encoder.readOutbound();
        ReferenceCountUtil.release(encoder.readOutbound());
        int length = out.readableBytes();
        out.release();
        return length;
    }

    private static final class Peer implements ForwardedHead.Sender {
        private final byte[] address = "192.0.2.1:40000".getBytes(StandardCharsets.US_ASCII);

        @Override
        public byte[] forwardedFor() {
            return address;
        }

        @Override
        public boolean isTrusted() {
            return true;
        }
    }
}
