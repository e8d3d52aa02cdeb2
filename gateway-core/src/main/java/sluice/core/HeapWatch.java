package sluice.core;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Watches this JVM's heap from a thread of its own.
 *
 * <p>How full a heap is says little while nobody has collected: garbage fills it up to the brim by design. What counts is
 * what a collection left in the old generation (in the only one, where there is but one). That figure is as old as the last
 * collection of it, so a level is believed only while the present use confirms it, and a heap that counts as nearly full is
 * collected every ten seconds if nothing else does it: otherwise it might count so for ever once the calls that filled it are
 * gone. Thread-safe.
 */
public final class HeapWatch implements HeapPressure, MetricSource, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HeapWatch.class);
    private static final long PERIOD_MILLIS = 100;
    private static final long BETWEEN_COLLECTIONS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final HeapConfig config;
    private final Pool pool;
    private final Runnable collector;
    private final LongSupplier clock;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "core-heap");
        named.setDaemon(true);
        return named;
    });
    private volatile Level level = Level.LOW;
    private volatile double live;
    private long collected;

    /** What is asked of a part of the heap; bytes. */
    interface Pool {
        /** The most it can hold; not positive when there is no limit. */
        long most();

        long used();

        /** As {@link #used}, after the last collection. */
        long usedAfterCollection();
    }

    HeapWatch(HeapConfig config, Pool pool, Runnable collector, LongSupplier clock) {
        this.config = config;
        this.pool = pool;
        this.collector = collector;
        this.clock = clock;
        this.collected = clock.getAsLong() - BETWEEN_COLLECTIONS_NANOS;
    }

    /** Watches from now on, ten times a second. */
    public static HeapWatch start(HeapConfig config) {
        HeapWatch watch = new HeapWatch(config, oldGeneration(), System::gc, System::nanoTime);
        var unused =
                watch.thread.scheduleWithFixedDelay(watch::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return watch;
    }

    /** The part of the heap in which things that live long are, by whatever name: the largest that is collected. */
    private static Pool oldGeneration() {
        List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
                .toList();
        MemoryPoolMXBean old = pools.stream()
                .filter(pool -> pool.getName().contains("Old") || pool.getName().contains("Tenured"))
                .findFirst()
                .or(() -> pools.stream()
                        .max(Comparator.comparingLong(pool -> pool.getUsage().getMax())))
                .orElseThrow(() -> new IllegalStateException("this JVM has no heap that is collected"));
        return new Pool() {
            @Override
            public long most() {
                return old.getUsage().getMax();
            }

            @Override
            public long used() {
                return old.getUsage().getUsed();
            }

            @Override
            public long usedAfterCollection() {
                MemoryUsage usage = old.getCollectionUsage();
                return usage == null ? 0 : usage.getUsed();
            }
        };
    }

    /** Takes a look; on one thread at a time. */
    void look() {
        Level before = level;
        live = ratio();
        Level now = levelAt(live * 100);
        level = now;
        if (now != before) {
            tell(now);
        }
        if (now != Level.LOW && clock.getAsLong() - collected >= BETWEEN_COLLECTIONS_NANOS) {
            collected = clock.getAsLong();
            collector.run();
        }
    }

    private double ratio() {
        long most = pool.most();
        return most <= 0 ? 0 : (double) Math.min(pool.used(), pool.usedAfterCollection()) / most;
    }

    private Level levelAt(double percent) {
        if (percent >= config.criticalPercent()) {
            return Level.CRITICAL;
        }
        return percent >= config.highPercent() ? Level.HIGH : Level.LOW;
    }

    private void tell(Level now) {
        if (now == Level.LOW) {
            log.info("the heap has room again: {} % in use", Math.round(live * 100));
        } else {
            log.warn(
                    "the heap is nearly full, {} % in use after a collection: {} (SLUICE_HEAP_HIGH, SLUICE_HEAP_CRITICAL)",
                    Math.round(live * 100),
                    now == Level.HIGH
                            ? "no call is held and no asynchronous one accepted"
                            : "only the health check is answered");
        }
    }

    @Override
    public Level level() {
        return level;
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> List.of(
                gauge("sluice_heap_live_ratio", "Part of the heap that is in use after a collection", live),
                gauge(
                        "sluice_heap_pressure",
                        "0: none; 1: no call is held and no asynchronous one accepted; 2: only health is answered",
                        switch (level) {
                            case LOW -> 0;
                            case HIGH -> 1;
                            case CRITICAL -> 2;
                        })));
    }

    private static MetricFamily gauge(String name, String help, double value) {
        return new MetricFamily(
                name, MetricFamily.Type.GAUGE, help, List.of(new MetricFamily.Sample("", Map.of(), value)));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
