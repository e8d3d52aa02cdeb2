package sluice.kube;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be looked at, each once however often it was added. One that could not be brought in order comes
 * again after 1 s, then after twice as long each time, five minutes at most. One thread.
 */
final class RetryQueue<K> {
    private static final Logger log = LoggerFactory.getLogger(RetryQueue.class);
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final Work<K> work;
    private final Set<K> waiting = new HashSet<>();
    private final Map<K, Duration> delays = new HashMap<>();
    private final ScheduledThreadPoolExecutor thread;

    /** @param thread name of its thread */
    RetryQueue(String thread, Work<K> work) {
        this.work = work;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, thread);
            made.setDaemon(true);
            return made;
        });
        this.thread.setRemoveOnCancelPolicy(true);
    }

    /** Looks at one; false when it wants to be asked again. */
    interface Work<K> {
        boolean on(K name) throws InterruptedException;
    }

    synchronized void add(K name) {
        if (!thread.isShutdown() && waiting.add(name)) {
            var unused = thread.schedule(() -> run(name), 0, TimeUnit.MILLISECONDS);
        }
    }

    void close() {
        thread.shutdownNow();
    }

    private void run(K name) {
        synchronized (this) {
            waiting.remove(name); // what changes from now on is looked at again
        }
        boolean isDone = false;
        try {
            isDone = work.on(name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (RuntimeException e) {
            log.error("cannot look at {}", name, e);
        }
        settle(name, isDone);
    }

    private synchronized void settle(K name, boolean isDone) {
        if (isDone) {
            delays.remove(name);
        } else if (!thread.isShutdown()) {
            Duration delay = delays.getOrDefault(name, FIRST);
            Duration next = delay.multipliedBy(2);
            delays.put(name, next.compareTo(LONGEST) > 0 ? LONGEST : next);
            var unused = thread.schedule(() -> add(name), delay.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
