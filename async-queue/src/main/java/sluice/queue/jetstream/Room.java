package sluice.queue.jetstream;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * How full the stream of open calls is. Submits are refused a little before it is full, so that the calls that are in it
 * can still be begun and ended, which takes messages too, and makes room.
 */
final class Room implements Disposable {
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final long LEAST_RESERVE = 4L << 20;
    private static final int RESERVED_PART = 10;

    private final Broker broker;
    private final Disposable.Swap looking = Disposables.swap();
    private final AtomicLong onTheirWay = new AtomicLong(); // bytes of ours that the next look may not see
    private final AtomicLong arrived = new AtomicLong(); // since the last look
    private volatile long most;
    private volatile long seen;

    Room(Broker broker) {
        this.broker = broker;
    }

    void start() {
        looking.update(Flux.interval(Duration.ZERO, EVERY)
                .onBackpressureDrop()
                .concatMap(tick -> look().onErrorComplete(), 1) // while the broker is away submits fail by themselves
                .subscribe());
    }

    private Mono<JsonNode> look() {
        return Mono.defer(() -> {
            long before = arrived.get();
            return broker.api("STREAM.INFO." + Subjects.OPEN, Map.of()).doOnNext(info -> {
                most = info.path("config").path("max_bytes").asLong();
                seen = info.path("state").path("bytes").asLong();
                arrived.addAndGet(-before);
            });
        });
    }

    /** A submit of about so many bytes goes in; {@link #taken} follows. */
    void take(long bytes) {
        onTheirWay.addAndGet(bytes);
    }

    /** It is in by now, or never will be. */
    void taken(long bytes) {
        arrived.addAndGet(bytes);
        onTheirWay.addAndGet(-bytes);
    }

    /** Why no call is taken, or empty. */
    String refusal() {
        long bytes = seen + arrived.get() + onTheirWay.get();
        return most > 0 && bytes > most - Math.max(LEAST_RESERVE, most / RESERVED_PART)
                ? "it is full: " + bytes + " of " + most + " bytes (SLUICE_NATS_MAX_BYTES)"
                : "";
    }

    @Override
    public void dispose() {
        looking.dispose();
    }
}
