package sluice.benchmarks.guard;

import io.netty.util.NetUtil;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One connection from an address of its own, on which a request is due at even distances. A late answer makes the next ones
 * late, which counts: latency is taken from when a request was due. Used by one thread.
 */
final class PacedCaller {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: ([0-9]+)\\r\\n");

    private final Socket socket;
    private final InputStream in;
    private final byte[] request;
    private final long everyNanos;
    private final Map<String, Integer> statuses = new TreeMap<>();
    private long[] latencies = new long[1_024];
    private int made;

    private PacedCaller(Socket socket, String request, long everyNanos) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.request = request.getBytes(StandardCharsets.ISO_8859_1);
        this.everyNanos = everyNanos;
    }

    /** Connects from {@code address}, one of this machine's own. */
    static PacedCaller open(String address, int port, String request, long everyNanos) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(NetUtil.createInetAddressFromIpAddressString(address), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return new PacedCaller(socket, request, everyNanos);
    }

    /** Makes requests until {@code end}, then closes the connection. */
    void run(long end) {
        try (Socket closing = socket) {
            long due = System.nanoTime();
            while (due < end) {
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                closing.getOutputStream().write(request);
                read();
                note(System.nanoTime() - due);
                due += everyNanos;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From when each was due, nanoseconds; after {@link #run}. */
    long[] latencies() {
        return Arrays.copyOf(latencies, made);
    }

    /** How often each status was seen by all of them. */
    static Map<String, Integer> statuses(List<PacedCaller> callers) {
        Map<String, Integer> all = new TreeMap<>();
        callers.forEach(caller -> caller.statuses.forEach((status, count) -> all.merge(status, count, Integer::sum)));
        return all;
    }

    private void note(long nanos) {
        if (made == latencies.length) {
            latencies = Arrays.copyOf(latencies, made * 2);
        }
        latencies[made++] = nanos;
    }

    private void read() throws IOException {
        StringBuilder head = new StringBuilder(256);
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the gateway has closed the connection");
            }
            head.append((char) next);
        }
        Matcher length = LENGTH.matcher(head);
        in.skipNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
        statuses.merge(head.substring(9, 12), 1, Integer::sum);
    }
}
