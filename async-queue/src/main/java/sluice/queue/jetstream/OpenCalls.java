package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import sluice.core.fleet.Fleet;

/**
 * How many calls are open in the whole fleet, a second or so ago: each worker tells the others what is open in its
 * partitions. The bound on submits goes by it, also where no partition is served.
 */
final class OpenCalls implements Disposable {
    private static final String TOPIC = "open-calls";
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Fleet fleet;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>(); // one per worker, the silent ones dropped
    private final Disposable.Swap hearing = Disposables.swap();

    OpenCalls(Fleet fleet) {
        this.fleet = fleet;
    }

    /** What a worker says. */
    private record Word(String member, long open) {}

    private record Heard(long open, long atNanos) {
        boolean isFresh() {
            return System.nanoTime() - atNanos < FRESH_NANOS;
        }
    }

    void start() {
        hearing.update(fleet.broadcasts(TOPIC)
                .subscribe(message -> Kept.read(new String(message, UTF_8), Word.class)
                        .ifPresent(word -> {
                            heard.values().removeIf(old -> !old.isFresh());
                            heard.put(word.member(), new Heard(word.open(), System.nanoTime()));
                        })));
    }

    /** Tells all members that so many are open in our partitions. */
    Mono<Void> tell(long open) {
        Word word = new Word(fleet.self().id(), open);
        return Mono.defer(() -> fleet.broadcast(TOPIC, Kept.text(word).getBytes(UTF_8)));
    }

    long count() {
        long open = 0;
        for (Heard each : heard.values()) {
            open += each.isFresh() ? each.open() : 0;
        }
        return open;
    }

    @Override
    public void dispose() {
        hearing.dispose();
    }
}
