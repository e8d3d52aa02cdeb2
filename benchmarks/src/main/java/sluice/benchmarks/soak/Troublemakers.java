package sluice.benchmarks.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Threads that make every {@link Trouble} again and again until they are closed. */
final class Troublemakers implements AutoCloseable {
    private static final long LONGEST_END_MILLIS = 5_000;

    private final int port;
    private final List<Thread> threads = new ArrayList<>();
    private final Map<Trouble, AtomicLong> made = new EnumMap<>(Trouble.class);
    private final Map<Trouble, AtomicLong> unexpected = new EnumMap<>(Trouble.class);
    private final AtomicReference<String> firstProblem = new AtomicReference<>("");
    private volatile boolean isOpen = true;

    private Troublemakers(int port) {
        this.port = port;
        for (Trouble trouble : Trouble.values()) {
            made.put(trouble, new AtomicLong());
            unexpected.put(trouble, new AtomicLong());
        }
    }

    /** Starts all of them, at the gateway on {@code port}. */
    static Troublemakers start(int port) {
        Troublemakers makers = new Troublemakers(port);
        for (Trouble trouble : Trouble.values()) {
            for (int i = 0; i < trouble.threads(); i++) {
                Thread thread = new Thread(() -> makers.goOn(trouble), "soak-" + trouble);
                thread.setDaemon(true);
                makers.threads.add(thread);
                thread.start();
            }
        }
        return makers;
    }

    private void goOn(Trouble trouble) {
        while (isOpen) {
            try {
                trouble.make(port);
            } catch (IOException e) {
                if (isOpen) {
                    unexpected(trouble).incrementAndGet();
                    boolean unused = firstProblem.compareAndSet("", trouble + ": " + e);
                }
            }
            made(trouble).incrementAndGet();
            LockSupport.parkNanos(trouble.pauseMillis() * 1_000_000L);
        }
    }

    /** How often it was made. */
    AtomicLong made(Trouble trouble) {
        return Objects.requireNonNull(made.get(trouble));
    }

    /** How often the gateway did not do as it should meanwhile. */
    AtomicLong unexpected(Trouble trouble) {
        return Objects.requireNonNull(unexpected.get(trouble));
    }

    /** The first of those, or empty. */
    String firstProblem() {
        return Objects.requireNonNullElse(firstProblem.get(), "");
    }

    @Override
    public void close() {
        isOpen = false;
        threads.forEach(Thread::interrupt);
        try {
            for (Thread thread : threads) {
                thread.join(LONGEST_END_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
