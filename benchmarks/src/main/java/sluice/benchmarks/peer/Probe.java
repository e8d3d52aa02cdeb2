package sluice.benchmarks.peer;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

/**
 * Lets the one who started a JVM of this module look into it: a word per line on standard input, a number per line on
 * standard output. Ends the process with its input, so that it does not outlive the run.
 */
public enum Probe {
    /** Bytes that all living threads have allocated on the heap so far. */
    ALLOCATED {
        @Override
        long read() {
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long sum = 0;
            for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
                sum += Math.max(0, bytes);
            }
            return sum;
        }
    },
    /** Bytes of the heap that are in use after a full collection. */
    HEAP {
        @Override
        long read() {
            System.gc();
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        }
    },
    /** Bytes that the pool of direct buffers has taken from the system. */
    DIRECT {
        @Override
        long read() {
            return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
        }
    },
    /** Living threads. */
    THREADS {
        @Override
        long read() {
            return ManagementFactory.getThreadMXBean().getThreadCount();
        }
    },
    /** Bytes of the heap that are in use after a full collection, and those of pooled direct buffers that are given out. */
    LIVE {
        @Override
        long read() {
            System.gc();
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
                    + PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
        }
    };

    abstract long read();

    /** Answers from a daemon thread; whatever else goes to standard output is moved to the error stream. */
    static void serve() {
        PrintStream answers = System.out;
        System.setOut(System.err);
        Thread thread = new Thread(() -> answer(answers), "bench-probe");
        thread.setDaemon(true);
        thread.start();
    }

    private static void answer(PrintStream answers) {
        BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try {
            for (String word = words.readLine(); word != null; word = words.readLine()) {
                answers.println(valueOf(word).read());
            }
        } catch (IOException e) {
            // as good as the end
        }
        Runtime.getRuntime().halt(0);
    }
}
