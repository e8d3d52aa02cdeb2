package sluice.queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import sluice.core.FunctionName;
import sluice.core.calls.Submission;

/** Submissions and bodies for tests. */
public final class SomeCalls {
    public static final FunctionName ECHO = FunctionName.parse("echo", "openfaas-fn");
    private static final int PIECE = 10_000;

    private SomeCalls() {}

    public static Submission to(FunctionName function) {
        return call(function, anId(), null, null, null, Map.of());
    }

    /** Without the read of the entropy device that a UUID takes. */
    private static String anId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    }

    static Submission withId(String callId) {
        return call(ECHO, callId, null, null, null, Map.of());
    }

    static Submission withKey(String key) {
        return call(ECHO, anId(), null, key, null, Map.of());
    }

    static Submission withCallback(String url) {
        return call(ECHO, anId(), URI.create(url), null, null, Map.of());
    }

    static Submission withMaxAge(Duration age) {
        return call(ECHO, anId(), null, null, age, Map.of());
    }

    static Submission withLabel(String key, String value) {
        return call(ECHO, anId(), null, null, null, Map.of(key, value));
    }

    static Submission notBefore(Instant time) {
        Submission call = to(ECHO);
        return new Submission(
                call.function(),
                call.submittedName(),
                call.callId(),
                call.isCallIdChosen(),
                call.method(),
                call.target(),
                call.headers(),
                call.host(),
                call.contentLength(),
                null,
                null,
                "",
                time,
                null,
                Map.of(),
                null);
    }

    private static Submission call(
            FunctionName function,
            String callId,
            @Nullable URI callback,
            @Nullable String key,
            @Nullable Duration age,
            Map<String, String> labels) {
        HttpHeaders headers = new DefaultHttpHeaders()
                .set("Content-Type", "text/plain")
                .add("X-Twice", "a")
                .add("X-Twice", "b");
        return new Submission(
                function,
                function.name(),
                callId,
                false,
                "POST",
                "/orders/7?dry=1",
                headers,
                "gw.example.com",
                -1,
                callback,
                key,
                "",
                null,
                age,
                labels,
                null);
    }

    /** That many bytes, the same ones each time. */
    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** In pieces, each a buffer that has to be released. */
    public static Flux<ByteBuf> body(byte[] bytes) {
        return Flux.range(0, (bytes.length + PIECE - 1) / PIECE)
                .map(i -> Unpooled.copiedBuffer(
                        Arrays.copyOfRange(bytes, i * PIECE, Math.min(bytes.length, (i + 1) * PIECE))));
    }

    /** All bytes of a body. */
    static byte[] read(Flux<ByteBuf> body) {
        return java.util.Objects.requireNonNull(body.reduceWith(Unpooled::buffer, (all, next) -> {
                    all.writeBytes(next);
                    next.release();
                    return all;
                })
                .map(all -> {
                    byte[] bytes = new byte[all.readableBytes()];
                    all.readBytes(bytes);
                    all.release();
                    return bytes;
                })
                .block(Duration.ofSeconds(20)));
    }
}
