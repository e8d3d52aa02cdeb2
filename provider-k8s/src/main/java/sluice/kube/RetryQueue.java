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
import sluice.core.FunctionName;

/**
 * Functions that are to be looked at, each once however often it was added. One that could not be brought in order comes
 * again after 1 s, then after twice as long each time, five minutes at most. One thread.
 */
final class RetryQueue {
    private static final Logger log = LoggerFactory.getLogger(RetryQueue.class);
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final Work work;
    private final Set<FunctionName> waiting = new HashSet<>();
    private final Map<FunctionName, Duration> delays = new HashMap<>();
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, task -> {
        Thread made = new Thread(task, "kube-functions");
        made.setDaemon(true);
        return made;
    });

    RetryQueue(Work work) {
        this.work = work;
        thread.setRemoveOnCancelPolicy(true);
    }

    /** Looks at one function; false when it wants to be asked again. */
    interface Work {
        boolean on(FunctionName name) throws InterruptedException;
    }

    synchronized void add(FunctionName name) {
        if (!thread.isShutdown() && waiting.add(name)) {
            var unused = thread.schedule(() -> run(name), 0, TimeUnit.MILLISECONDS);
        }
    }

    void close() {
        thread.shutdownNow();
    }

    private void run(FunctionName name) {
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

    private synchronized void settle(FunctionName name, boolean isDone) {
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
