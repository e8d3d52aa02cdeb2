package sluice.benchmarks.guard;

import com.sun.management.ThreadMXBean;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import sluice.benchmarks.peer.BenchGateway;

/**
 * The gateway of the benchmark, which also tells what its event loops have allocated so far: whoever connects to its
 * second port is sent the number of bytes.
 */
final class GuardedGateway {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private GuardedGateway() {}

    /** Arguments: own port, the upstream's port, a directory for credentials, the port of the count. */
    public static void main(String[] args) throws IOException, InterruptedException {
        ServerSocket asked = new ServerSocket(Integer.parseInt(args[3]), 1, InetAddress.getLoopbackAddress());
        Thread teller = new Thread(() -> tell(asked), "guard-teller");
        teller.setDaemon(true);
        teller.start();
        BenchGateway.main(new String[] {args[0], args[1], args[2], "0"});
    }

    private static void tell(ServerSocket asked) {
        while (true) {
            try (Socket asker = asked.accept()) {
                new DataOutputStream(asker.getOutputStream()).writeLong(allocatedByLoops());
            } catch (IOException e) {
                System.err.println("guard: " + e.getMessage());
            }
        }
    }

    private static long allocatedByLoops() {
        long bytes = 0;
        for (var thread : THREADS.dumpAllThreads(false, false)) {
            if (thread.getThreadName().startsWith("http-")) {
                bytes += THREADS.getThreadAllocatedBytes(thread.getThreadId());
            }
        }
        return bytes;
    }
}
