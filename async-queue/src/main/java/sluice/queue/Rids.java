package sluice.queue;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Mints record ids, each greater than the one before, also when the clock goes back. Thread-safe. */
public final class Rids {
    private static final int COUNTED_FROM = 1 << 15; // at most, of the 65,536 of a millisecond

    private final LongSupplier millis;
    private final AtomicLong last = new AtomicLong();
    private final ThreadLocal<SplittableRandom> random = // no read of the entropy device on an event loop
            ThreadLocal.withInitial(this::seeded);
    private final SplittableRandom seed = new SplittableRandom(new SecureRandom().nextLong());

    /** @param millis milliseconds since 1970 */
    public Rids(LongSupplier millis) {
        this.millis = millis;
    }

    /** The next one. */
    public Rid next() {
        // two processes that mint in one millisecond should not both begin with 0: a journal may use the low half
        long now = (millis.getAsLong() << 16) | random.get().nextInt(COUNTED_FROM);
        long high = last.updateAndGet(before -> Math.max(before + 1, now));
        return new Rid(high, random.get().nextLong());
    }

    private synchronized SplittableRandom seeded() {
        return seed.split();
    }
}
