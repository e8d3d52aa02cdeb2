package sluice.local;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * The provider's own threads, all of which may block: one for control, on which alone functions change; a bounded number
 * for processes and their pipes; one that only wakes others.
 */
final class Threads {
    private static final Logger log = LoggerFactory.getLogger(Threads.class);
    private static final int WAITING_CONTROL = 10_000;
    private static final int BESIDE_CALLS = 1_000;
    private static final Duration RETRY = Duration.ofMillis(100);
    private static final int PER_CALL = 4;

    private final ThreadPoolExecutor control;
    private final ThreadPoolExecutor work;
    private final ScheduledExecutorService timer;
    private final Scheduler workScheduler;

    Threads(int callsInAll) {
        this.control = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_CONTROL), named("local-control"));
        this.work = new ThreadPoolExecutor(
                0,
                PER_CALL * callsInAll + BESIDE_CALLS,
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                named("local-work"));
        this.timer = Executors.newSingleThreadScheduledExecutor(named("local-timer"));
        this.workScheduler = Schedulers.fromExecutor(work);
    }

    /** Runs {@code change} after all changes before it; its outcome is the future's. */
    <T> CompletableFuture<T> control(Callable<T> change) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        try {
            control.execute(() -> {
                try {
                    outcome.complete(change.call());
                } catch (Throwable e) { // the caller's to handle, whatever it is
                    outcome.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            outcome.completeExceptionally(
                    Failure.UNAVAILABLE.in(Component.PROVIDER, "too many changes wait, or the gateway is stopping"));
        }
        return outcome;
    }

    /** Runs {@code news} on the control thread, sooner or later. */
    void inform(Runnable news) {
        try {
            control.execute(() -> runLogged(news));
        } catch (RejectedExecutionException e) {
            later(RETRY, () -> inform(news));
        }
    }

    /** Threads for what blocks; refuses with {@link RejectedExecutionException} when all are taken. */
    Executor work() {
        return work;
    }

    Scheduler workScheduler() {
        return workScheduler;
    }

    /** Runs {@code task} on a working thread after {@code delay}. */
    void later(Duration delay, Runnable task) {
        try {
            var unused = timer.schedule(() -> tryNow(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("not run, the gateway is stopping");
        }
    }

    void close() {
        timer.shutdownNow();
        control.shutdown();
        work.shutdown();
        workScheduler.dispose();
    }

    private void tryNow(Runnable task) {
        try {
            work.execute(() -> runLogged(task));
        } catch (RejectedExecutionException e) {
            later(RETRY, task);
        }
    }

    private static void runLogged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.error("a task of the local provider failed", e);
        }
    }

    private static ThreadFactory named(String name) {
        AtomicLong number = new AtomicLong();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
