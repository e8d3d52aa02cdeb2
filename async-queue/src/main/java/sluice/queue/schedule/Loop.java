package sluice.queue.schedule;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The one thread that all of the dispatcher's state is confined to: tasks run one after the other, each to its end. */
final class Loop {
    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    private final Scheduler thread;

    /** @param thread of one thread */
    Loop(Scheduler thread) {
        this.thread = thread;
    }

    /** For timers of Reactor. */
    Scheduler scheduler() {
        return thread;
    }

    /** From any thread. */
    void run(Runnable work) {
        run(work, () -> {});
    }

    /** @param otherwise runs on the caller's thread when the loop has ended, to let go of what {@code work} would have */
    void run(Runnable work, Runnable otherwise) {
        try {
            Disposable unused = thread.schedule(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    log.error("the dispatcher of asynchronous calls has a bug", e);
                }
            });
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }

    /** Nothing happens once the loop has ended. */
    @CanIgnoreReturnValue
    Disposable later(Runnable work, long millis) {
        try {
            return thread.schedule(work, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // the end of the process
            return () -> {};
        }
    }
}
