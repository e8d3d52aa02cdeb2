package sluice.queue;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** What has happened to calls in this process. Thread-safe. */
public final class QueueCounters {
    /** Calls that were kept. */
    public final LongAdder submitted = new LongAdder();
    /** Attempts that have ended, whichever way. */
    public final LongAdder processed = new LongAdder();
    /** Attempts that will be followed by another one. */
    public final LongAdder retried = new LongAdder();
    /** Calls that ended with an answer. */
    public final LongAdder completed = new LongAdder();
    /** Calls that were given up. */
    public final LongAdder dead = new LongAdder();
    /** Calls that were withdrawn. */
    public final LongAdder cancelled = new LongAdder();
    /** Calls that got too old. */
    public final LongAdder expired = new LongAdder();
    /** Submits that were refused because the journal could not keep them. */
    public final LongAdder refused = new LongAdder();
    /** Records whose request was lost, and files that belonged to none. */
    public final LongAdder damaged = new LongAdder();
    /** Callbacks that a receiver took. */
    public final LongAdder callbacksDelivered = new LongAdder();
    /** Callbacks that were given up. */
    public final LongAdder callbacksGivenUp = new LongAdder();

    private final Map<String, LongAdder> submittedTo = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> processedOf = new ConcurrentHashMap<>();

    /** From the first write of a batch to its sync. */
    public final Durations commits = new Durations();
    /** From due to begun. */
    public final Durations waits = new Durations();

    /** A call was kept. */
    public void submittedTo(String queue) {
        submitted.increment();
        increment(submittedTo, queue);
    }

    /** An attempt has ended. */
    public void processedOf(String queue) {
        processed.increment();
        increment(processedOf, queue);
    }

    private static void increment(Map<String, LongAdder> counts, String queue) {
        LongAdder known = counts.get(queue); // without the lock, as is the case nearly always
        (known == null ? counts.computeIfAbsent(queue, name -> new LongAdder()) : known).increment();
    }

    Map<String, Long> submittedByQueue() {
        return copy(submittedTo);
    }

    Map<String, Long> processedByQueue() {
        return copy(processedOf);
    }

    private static Map<String, Long> copy(Map<String, LongAdder> counts) {
        Map<String, Long> copy = new TreeMap<>();
        counts.forEach((queue, count) -> copy.put(queue, count.sum()));
        return copy;
    }

    /** A histogram of durations, in seconds. */
    public static final class Durations {
        private static final double[] BOUNDS = {
            0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600
        };

        private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
        private final DoubleAdder sum = new DoubleAdder();

        /** Upper bounds of the buckets but the last, seconds. */
        public static double[] bounds() {
            return BOUNDS.clone();
        }

        /** Counts one. */
        public void add(double seconds) {
            int bucket = 0;
            while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
                bucket++;
            }
            counts.incrementAndGet(bucket);
            sum.add(seconds);
        }

        /** How many are in that bucket and not in one before it. */
        public long count(int bucket) {
            return counts.get(bucket);
        }

        /** All together, seconds. */
        public double sum() {
            return sum.sum();
        }
    }
}
