package sluice.fleet.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import sluice.core.fleet.FleetMember;
import sluice.core.fleet.Lease;

/**
 * Leases in a bucket. A key holds who owns it; its revision is what a renewal or a take-over compares with, so that one
 * of two always loses, and the revision with which it was won is the fence. No clock is compared with another one's: an
 * owner counts from before it sent its renewal, a contender from when it saw the last one, and both count the same time.
 *
 * <p>All of it runs on {@code thread}, which has one thread.
 */
final class NatsLeases implements Disposable {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final String PREFIX = "lease";

    private final NatsBucket bucket;
    private final FleetMember self;
    private final Scheduler thread;
    private final long leaseNanos;
    private final Map<String, Seen> seen = new HashMap<>();
    private final Set<NatsContender> contenders = new HashSet<>();
    private final AtomicLong contenderNumbers = new AtomicLong();
    private final Disposable.Composite running = Disposables.composite();
    private boolean isFed;

    NatsLeases(NatsBucket bucket, FleetMember self, Duration lease, Scheduler thread) {
        this.bucket = bucket;
        this.self = self;
        this.thread = thread;
        leaseNanos = lease.toNanos();
    }

    void start() {
        running.add(bucket.feed(PREFIX).publishOn(thread).subscribe(this::saw));
        long tick = Math.min(TICK.toMillis(), leaseNanos / 10_000_000);
        running.add(thread.schedulePeriodically(this::tick, tick, tick, TimeUnit.MILLISECONDS));
    }

    /** What the bucket held last, and since when we know, by our monotonic clock. */
    record Seen(String owner, long revision, long sinceNanos) {
        boolean isFree() {
            return owner.isEmpty();
        }
    }

    Flux<Lease> contend(String name) {
        return Flux.create(sink -> {
            String owner = self.id() + " " + self.epoch() + " " + contenderNumbers.incrementAndGet();
            NatsContender contender = new NatsContender(this, name, owner, sink);
            sink.onDispose(() -> Ending.later(thread, () -> leave(contender)));
            thread.schedule(() -> {
                contenders.add(contender);
                contender.tick(System.nanoTime());
            });
        });
    }

    /** Gives back everything that is held; the writes are on their way when this returns. */
    void giveBack() {
        Ending.later(thread, () -> new ArrayList<>(contenders).forEach(this::leave));
    }

    private void leave(NatsContender contender) {
        if (contenders.remove(contender)) {
            contender.leave();
        }
    }

    private void saw(NatsBucket.Entry entry) {
        byte[] value = entry.value();
        String owner = value == null ? "" : new String(value, UTF_8);
        String name = entry.key().substring(PREFIX.length() + 1);
        seen.put(name, new Seen(owner, entry.revision(), System.nanoTime()));
        isFed = true;
        if (owner.isEmpty()) { // given back: no need to wait for the tick
            long now = System.nanoTime();
            List.copyOf(contenders).stream().filter(c -> c.name().equals(name)).forEach(c -> c.tick(now));
        }
    }

    private void tick() {
        long now = System.nanoTime();
        List.copyOf(contenders).forEach(contender -> contender.tick(now));
    }

    NatsBucket bucket() {
        return bucket;
    }

    Scheduler thread() {
        return thread;
    }

    long leaseNanos() {
        return leaseNanos;
    }

    static String key(String name) {
        return PREFIX + "." + name;
    }

    /** As it was last seen; free with revision 0 when it never was. */
    Seen seen(String name) {
        return seen.getOrDefault(name, new Seen("", 0, 0));
    }

    /** Whether a contender may try to take it: free, silent for the whole lease, or ours of an earlier start. */
    boolean isUpForTaking(Seen last, long now) {
        if (last.isFree() || now - last.sinceNanos() > leaseNanos) {
            return true;
        }
        String[] owner = last.owner().split(" ", 3);
        return owner.length == 3
                && owner[0].equals(self.id())
                && owner[1].matches("[0-9]{1,18}")
                && Long.parseLong(owner[1]) < self.epoch();
    }

    boolean isFed() {
        return isFed;
    }

    @Override
    public void dispose() {
        running.dispose();
    }

    @Override
    public boolean isDisposed() {
        return running.isDisposed();
    }
}
