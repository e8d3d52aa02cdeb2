package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks another JVM how much of its heap is in use, with the {@code jcmd} of this one's JDK. */
final class HeapProbe {
    /** A line of each generation, or one of the whole heap, whatever the collector. */
    private static final Pattern USED = Pattern.compile("(?m)^.*(?:generation|heap) +total [0-9]+K, used ([0-9]+)K");

    private HeapProbe() {}

    /** Bytes in use right after a full collection. */
    static long bytesAfterCollection(long pid) throws IOException, InterruptedException {
        String unused = ask(pid, "GC.run");
        long bytes = used(ask(pid, "GC.heap_info"));
        if (bytes == 0) {
            throw new IOException("jcmd tells nothing of the heap of " + pid);
        }
        return bytes;
    }

    static long used(String heapInfo) {
        long kib = 0;
        Matcher used = USED.matcher(heapInfo);
        while (used.find()) {
            kib += Long.parseLong(used.group(1));
        }
        return kib * 1_024;
    }

    private static String ask(long pid, String command) throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process process = new ProcessBuilder(jcmd, Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + said);
        }
        return said;
    }
}
