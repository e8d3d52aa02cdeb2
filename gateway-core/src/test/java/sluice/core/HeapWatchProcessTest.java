package sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.HeapPressure.Level;

/** The watch in JVMs of its own, whose heaps are filled, under each collector. */
class HeapWatchProcessTest {
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseG1GC"})
    void o2_seesARealHeapFillAndEmpty(String collector) throws Exception {
        Process filling = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        collector,
                        "-Xms64m",
                        "-Xmx64m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Filling.class.getName())
                .redirectErrorStream(true)
                .start();
        String told = new String(filling.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(filling.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(told.lines().filter(line -> line.startsWith("level "))).containsExactly("level HIGH", "level LOW");
    }

    /** Fills its heap until the watch says so, lets go, and waits until it says that there is room. */
    static final class Filling {
        private static final long LONGEST_NANOS = Duration.ofSeconds(25).toNanos();
        private static final long MOST_BYTES = 48L << 20; // three quarters of the heap

        public static void main(String[] args) {
            List<byte[]> kept = new ArrayList<>();
            try (HeapWatch watch = HeapWatch.start(new HeapConfig(60, 100))) {
                long end = System.nanoTime() + LONGEST_NANOS;
                while (watch.level() == Level.LOW && System.nanoTime() < end) {
                    if (kept.size() * 8L * 1024 > MOST_BYTES) { // a slow machine: let the watch have its look
                        System.gc();
                        LockSupport.parkNanos(200_000_000);
                        continue;
                    }
                    kept.add(new byte[8 * 1024]);
                    LockSupport.parkNanos(kept.size() % 128 == 0 ? 50_000_000 : 0);
                }
                System.out.println("level " + watch.level());
                kept.clear();
                System.gc(); // or the watch would, ten seconds later
                while (watch.level() != Level.LOW && System.nanoTime() < end) {
                    LockSupport.parkNanos(10_000_000);
                }
                System.out.println("level " + watch.level());
            }
        }
    }
}
