package sluice.invoker;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs benchmarks on threads of the kind that event loops have: Netty's pools of buffers and objects are cached on those
 * only. JMH makes it by name ({@code jmh.executor.class}), with these two arguments.
 */
public final class LoopThreads extends ThreadPoolExecutor {
    /** At most {@code threads}, named after {@code prefix}. */
    public LoopThreads(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory(prefix));
    }
}
