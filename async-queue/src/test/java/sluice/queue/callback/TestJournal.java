package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallPage;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallResult;
import sluice.core.calls.CallState;
import sluice.core.calls.Submission;

/** The part of a journal that callbacks know, in memory; bodies come from another thread. Thread-safe. */
final class TestJournal implements CallJournal {
    private static final int PIECE = 64 * 1024;

    final List<Submission> submitted = new CopyOnWriteArrayList<>();
    final List<byte[]> bodies = new CopyOnWriteArrayList<>();
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();

    /** Of one call. */
    private static final class Kept {
        private final CallRecord record;
        private final HttpHeaders headers;
        private final byte[] body;

        private Kept(CallRecord record, HttpHeaders headers, byte[] body) {
            this.record = record;
            this.headers = headers;
            this.body = body;
        }
    }

    void keep(CallRecord record, HttpHeaders headers, byte[] body) {
        kept.put(record.rid(), new Kept(record, headers, body));
    }

    @Override
    public Mono<CallResult> result(String rid, long from, long to) {
        return Mono.fromSupplier(() -> kept.get(rid))
                .map(one -> new CallResult(
                        one.record, one.record.httpStatus(), one.headers, one.body.length, pieces(one.body)));
    }

    private static Flux<ByteBuf> pieces(byte[] body) {
        return Flux.<ByteBuf, Integer>generate(() -> 0, (at, sink) -> {
                    if (at == body.length) {
                        sink.complete();
                        return at;
                    }
                    int length = Math.min(PIECE, body.length - at);
                    sink.next(ByteBufAllocator.DEFAULT.directBuffer(length).writeBytes(body, at, length));
                    return at + length;
                })
                .subscribeOn(Schedulers.boundedElastic());
    }

    @Override
    public Mono<Submitted> submit(Submission call, Flux<ByteBuf> body) {
        return body.map(data -> {
                    byte[] bytes = new byte[data.readableBytes()];
                    data.readBytes(bytes).release();
                    return bytes;
                })
                .reduce(new byte[0], TestJournal::append)
                .map(whole -> {
                    submitted.add(call);
                    bodies.add(whole);
                    return new Submitted.Accepted("0".repeat(32), call.callId());
                });
    }

    private static byte[] append(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    // ---- what callbacks never ask ----------------------------------------------------------------------------------

    @Override
    public Mono<List<CallRecord>> find(String callId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Long> count(String callId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<CallRecord> await(String rid, Duration patience) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<CallState> cancel(String rid) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<CallPage> list(CallQuery query, String cursor, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Long> cancelAll(CallQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Long> redriveAll(CallQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Long> purgeAll(CallQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Void> pause(String queue, @Nullable String function, boolean isPaused) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<List<String>> paused() {
        throw new UnsupportedOperationException();
    }
}
