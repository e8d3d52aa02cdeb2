package sluice.benchmarks.async;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Takes callbacks on loopback, checks each signature, and remembers whose came. Thread-safe. */
final class CallbackReceiver implements AutoCloseable {
    private static final int THREADS = 4;
    private static final int BACKLOG = 1_024;

    private final Map<String, Set<String>> idsByCall = new ConcurrentHashMap<>();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong unverified = new AtomicLong();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final WebhookKey key;
    private final HttpServer server;

    CallbackReceiver(WebhookKey key) throws IOException {
        this.key = key;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        server.setExecutor(threads);
        server.createContext("/", this::take);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    /** The different {@code webhook-id}s of verified callbacks by call id. */
    Map<String, Set<String>> idsByCall() {
        return idsByCall;
    }

    /** Verified deliveries, repeated ones among them. */
    long taken() {
        return taken.get();
    }

    /** Deliveries whose signature is missing or wrong; they were answered 401. */
    long unverified() {
        return unverified.get();
    }

    private void take(HttpExchange callback) throws IOException {
        byte[] body = callback.getRequestBody().readAllBytes();
        Headers fields = callback.getRequestHeaders();
        String id = text(fields, "webhook-id");
        boolean isVerified = !id.isEmpty()
                && key.verifies(id, text(fields, "webhook-timestamp"), body, text(fields, "webhook-signature"));
        if (isVerified) {
            taken.incrementAndGet();
            boolean unused = idsByCall
                    .computeIfAbsent(text(fields, "X-Call-Id"), call -> ConcurrentHashMap.newKeySet())
                    .add(id);
        } else {
            unverified.incrementAndGet();
        }
        callback.sendResponseHeaders(isVerified ? 204 : 401, -1);
        callback.close();
    }

    private static String text(Headers fields, String name) {
        String value = fields.getFirst(name);
        return value == null ? "" : value;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
