package sluice.queue.jetstream;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * Bodies in the broker: small ones as the payload of their message, larger ones as parts of 128 KiB in a stream of the
 * day, each under a subject of its own, so that any part is one direct get. Memory is flat: a few parts at a time.
 */
final class Bodies {
    private static final Logger log = LoggerFactory.getLogger(Bodies.class);
    private static final int PART = 128 * 1_024;
    private static final int AT_ONCE = 4;
    private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE.withZone(ZoneOffset.UTC);

    private final Broker broker;
    private final int inlineBytes;
    private final StreamLimits limits;
    private final Set<String> days = ConcurrentHashMap.newKeySet();

    Bodies(Broker broker, int inlineBytes, StreamLimits limits) {
        this.broker = broker;
        this.inlineBytes = Math.min(inlineBytes, PART);
        this.limits = limits;
    }

    /** As it is in the name of a stream; days sort as text. */
    static String day(Instant time) {
        return DAY.format(time);
    }

    /**
     * A body that was taken in.
     *
     * @param inline the payload of its message; empty when it lies in parts
     */
    @SuppressWarnings("ArrayRecordComponent") // is handed on, never compared
    record Taken(KeptBody body, byte[] inline) {}

    /**
     * Takes a body in. When it fails or is cancelled nothing is left.
     *
     * @param setting names the bound {@code most} in the refusal
     * @param digest of all bytes, or null
     */
    Mono<Taken> take(Flux<ByteBuf> body, String name, long most, String setting, @Nullable MessageDigest digest) {
        return Mono.defer(() -> {
            String day = day(Instant.now());
            Cutter cutter = new Cutter(most, inlineBytes, setting, digest);
            return body.concatMapIterable(cutter::cut, 1)
                    .concatWith(Flux.defer(() -> Flux.fromIterable(cutter.rest())))
                    .doOnDiscard(ByteBuf.class, ByteBuf::release)
                    .publishOn(broker.scheduler(), AT_ONCE)
                    .concatMap(part -> cutter.isInline() ? Mono.just(part) : write(day, name, part), 1)
                    .last(Part.EMPTY)
                    .map(last -> cutter.isInline()
                            ? new Taken(new KeptBody("", name, cutter.length), last.bytes)
                            : new Taken(new KeptBody(day, name, cutter.length), new byte[0]))
                    .doOnError(e -> discard(new KeptBody(cutter.wasCut ? day : "", name, 0)))
                    .doOnCancel(() -> discard(new KeptBody(cutter.wasCut ? day : "", name, 0)));
        });
    }

    /** Reads bytes {@code from} to {@code to} of a body, with demand. */
    Flux<ByteBuf> read(KeptBody body, byte[] inline, long from, long to) {
        long start = Math.max(0, from);
        long end = Math.min(to, body.length());
        if (start >= end) {
            return Flux.empty();
        }
        if (body.isInline()) {
            return Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(inline, (int) start, (int) (end - start))));
        }
        long first = start / PART;
        long last = (end - 1) / PART;
        return Flux.range(0, (int) (last - first + 1))
                .concatMap(i -> part(body, first + i), 1)
                .index()
                .map(part -> {
                    long offset = (first + part.getT1()) * PART;
                    int low = (int) Math.max(0, start - offset);
                    int high = (int) Math.min(part.getT2().length, end - offset);
                    return Unpooled.wrappedBuffer(part.getT2(), low, high - low);
                });
    }

    private Mono<byte[]> part(KeptBody body, long number) {
        return broker.get(Subjects.BODY + body.day(), Subjects.part(body.day(), body.name(), number))
                .map(Message::getData)
                .switchIfEmpty(Mono.error(() -> Broker.unavailable("a part of a body is missing")));
    }

    /** Forgets the parts, if there are any. Returns at once. */
    void discard(KeptBody body) {
        if (!body.isInline()) {
            broker.api(
                            "STREAM.PURGE." + Subjects.BODY + body.day(),
                            Map.of("filter", Subjects.parts(body.day(), body.name())))
                    .subscribe(done -> {}, e -> log.warn("a body stays behind in NATS: {}", e.getMessage()));
        }
    }

    private Mono<Part> write(String day, String name, Part part) {
        Mono<Long> written = broker.publish(Subjects.part(day, name, part.number), new Headers(), part.bytes)
                .doOnError(e -> days.remove(day)); // the stream may have been removed by hand
        return (days.contains(day) ? written : prepared(day).then(written)).thenReturn(part);
    }

    private Mono<Connection> prepared(String day) {
        return broker.ready()
                .next()
                .publishOn(broker.scheduler())
                .flatMap(connection -> Mono.fromCallable(() -> {
                    Streams.prepareBodies(connection, day, limits);
                    days.add(day);
                    return connection;
                }))
                .onErrorMap(e -> Broker.unavailable(String.valueOf(e.getMessage())));
    }

    /** Up to 128 KiB. */
    private static final class Part {
        static final Part EMPTY = new Part(0, new byte[0]);

        private final long number;
        private final byte[] bytes;

        private Part(long number, byte[] bytes) {
            this.number = number;
            this.bytes = bytes;
        }
    }

    /** Makes parts of buffers, which it releases. Used by one thread at a time. */
    private static final class Cutter {
        private final long most;
        private final int inlineBytes;
        private final String setting;
        private final @Nullable MessageDigest digest;
        private final ByteArrayOutputStream open = new ByteArrayOutputStream();
        private long number;
        private long length;
        private boolean wasCut;
        private boolean isWhole;

        private Cutter(long most, int inlineBytes, String setting, @Nullable MessageDigest digest) {
            this.most = most;
            this.inlineBytes = inlineBytes;
            this.setting = setting;
            this.digest = digest;
        }

        private List<Part> cut(ByteBuf buffer) {
            try {
                length += buffer.readableBytes();
                if (length > most) {
                    throw Failure.TOO_LARGE.in(
                            Component.QUEUE, "body too large: the limit is " + most + " bytes (" + setting + ")");
                }
                byte[] bytes = new byte[buffer.readableBytes()];
                buffer.readBytes(bytes);
                if (digest != null) {
                    digest.update(bytes);
                }
                return cut(bytes);
            } finally {
                buffer.release();
            }
        }

        private List<Part> cut(byte[] bytes) {
            List<Part> parts = new ArrayList<>();
            int at = 0;
            while (at < bytes.length) {
                int taken = Math.min(PART - open.size(), bytes.length - at);
                open.write(bytes, at, taken);
                at += taken;
                if (open.size() == PART) {
                    wasCut = true;
                    parts.add(new Part(number++, open.toByteArray()));
                    open.reset();
                }
            }
            return parts;
        }

        private List<Part> rest() {
            isWhole = true;
            wasCut |= length > inlineBytes;
            return open.size() == 0 ? List.of() : List.of(new Part(number++, open.toByteArray()));
        }

        /** Whether all there is fits into a message. */
        private boolean isInline() {
            return isWhole && !wasCut;
        }
    }
}
