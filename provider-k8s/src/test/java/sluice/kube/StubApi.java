package sluice.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A stub of the Kubernetes API in this process: enough for the provider, and for what a real server does not do at will. It
 * proves nothing about a real one; {@link ClusterContractTest} does.
 */
final class StubApi implements AutoCloseable {
    private static final ObjectMapper YAML = new YAMLMapper();
    private static final long BOOKMARK_MILLIS = 500;

    final StubObjects objects = new StubObjects();
    private final List<String> lists = new CopyOnWriteArrayList<>();
    private final AtomicInteger packed = new AtomicInteger();
    private final Map<String, byte[]> logs = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> logEnds = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "stub-api");
        thread.setDaemon(true);
        return thread;
    });
    private final int port;
    private HttpServer server;
    private volatile int refusal;
    private volatile CountDownLatch stopped = new CountDownLatch(1);

    private StubApi(int port) throws IOException {
        this.server = listen(port);
        this.port = server.getAddress().getPort();
    }

    static StubApi start() throws IOException {
        return new StubApi(0);
    }

    /** No connection is taken, and those that are there end. */
    void stop() {
        stopped.countDown();
        logEnds.values().forEach(CountDownLatch::countDown);
        server.stop(0);
    }

    /** The same objects on the same port. */
    void startAgain() throws IOException {
        stopped = new CountDownLatch(1);
        server = listen(port);
    }

    /** Answers every request with this status until it is 0. */
    void refuse(int status) {
        refusal = status;
    }

    /** How often this kind was listed. */
    long lists(String kind) {
        return lists.stream().filter(kind::equals).count();
    }

    /** How many answers were compressed, since that was asked for. */
    int packedAnswers() {
        return packed.get();
    }

    /** What a pod's container has written. */
    void writeLog(String namespace, String pod, String text) {
        logs.put(namespace + "/" + pod, text.getBytes(UTF_8));
    }

    /** Its container has ended: nothing follows what it has written. */
    void endLog(String namespace, String pod) {
        logEnd(namespace + "/" + pod).countDown();
    }

    private CountDownLatch logEnd(String pod) {
        return logEnds.computeIfAbsent(pod, any -> new CountDownLatch(1));
    }

    KubernetesClient admin() {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://127.0.0.1:" + port)
                        .withOnlyHttpWatches(true)
                        .build())
                .build();
    }

    Path kubeconfig(Path directory) throws IOException {
        return Files.writeString(directory.resolve("stub.kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: test
                clusters: [{name: test, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: test, user: {}}]
                contexts: [{name: test, context: {cluster: test, user: test}}]
                """.formatted(port));
    }

    @Override
    public void close() {
        stop();
        threads.shutdownNow();
    }

    private HttpServer listen(int port) throws IOException {
        HttpServer listening = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        listening.setExecutor(threads);
        listening.createContext("/", this::answer);
        listening.start();
        return listening;
    }

    private void answer(HttpExchange call) throws IOException {
        try (call) {
            try {
                answer(
                        call,
                        StubPath.parse(call.getRequestURI().getPath()),
                        query(call.getRequestURI().getRawQuery()));
            } catch (StubObjects.Refused e) {
                send(call, e.code, status(e.code, e.reason, Objects.requireNonNull(e.getMessage())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void answer(HttpExchange call, @Nullable StubPath path, Map<String, String> query)
            throws IOException, InterruptedException {
        if (refusal != 0) {
            send(call, refusal, status(refusal, "Refused", "the stub refuses"));
        } else if (path == null) {
            send(call, 404, status(404, "NotFound", "no such path"));
        } else if ("true".equals(query.get("watch"))) {
            watch(call, path, query);
        } else if (path.part().equals("log")) {
            log(call, path, query);
        } else {
            send(call, call.getRequestMethod().equals("POST") ? 201 : 200, carryOut(call, path, query));
        }
    }

    private JsonNode carryOut(HttpExchange call, StubPath path, Map<String, String> query) throws IOException {
        return switch (call.getRequestMethod()) {
            case "GET" -> path.name().isEmpty() ? list(path, query) : objects.get(path);
            case "POST" -> objects.create(path, body(call));
            case "PUT" -> objects.replace(path, body(call));
            case "PATCH" -> patch(call, path, query);
            case "DELETE" -> objects.delete(path);
            default -> throw new StubObjects.Refused(405, "MethodNotAllowed", call.getRequestMethod());
        };
    }

    private JsonNode patch(HttpExchange call, StubPath path, Map<String, String> query) throws IOException {
        String type = Objects.requireNonNullElse(call.getRequestHeaders().getFirst("Content-Type"), "");
        if (type.startsWith("application/apply-patch")) {
            return objects.apply(path, body(call), Objects.requireNonNull(query.get("fieldManager")));
        } else if (type.startsWith("application/merge-patch")) {
            return objects.merge(path, body(call));
        }
        throw new StubObjects.Refused(415, "UnsupportedMediaType", type);
    }

    private ObjectNode list(StubPath path, Map<String, String> query) {
        lists.add(path.kind());
        ObjectNode list = StubObjects.JSON.createObjectNode();
        list.put("kind", "List").put("apiVersion", path.apiVersion());
        ArrayNode items = list.putArray("items");
        synchronized (objects) { // list and version belong together
            list.putObject("metadata").put("resourceVersion", Long.toString(objects.version()));
            objects.list(path).stream()
                    .filter(object -> isSelected(object, query))
                    .forEach(items::add);
        }
        return list;
    }

    private void watch(HttpExchange call, StubPath path, Map<String, String> query)
            throws IOException, InterruptedException {
        CountDownLatch end = stopped;
        long since = Long.parseLong(query.getOrDefault("resourceVersion", "0"));
        call.getResponseHeaders().set("Content-Type", "application/json");
        call.sendResponseHeaders(200, 0);
        OutputStream out = call.getResponseBody();
        while (end.getCount() > 0) {
            long now = objects.version();
            List<StubObjects.Event> later = objects.after(path.kind(), since, BOOKMARK_MILLIS);
            if (later == null) {
                write(out, "ERROR", status(410, "Expired", "too old resource version: " + since));
                return;
            }
            for (StubObjects.Event event : later) {
                since = event.version();
                boolean isWithin = path.namespace().isEmpty()
                        || path.namespace()
                                .equals(event.object()
                                        .path("metadata")
                                        .path("namespace")
                                        .asText());
                if (isWithin && isSelected(event.object(), query)) {
                    write(out, event.type(), event.object());
                }
            }
            if (later.isEmpty() && "true".equals(query.get("allowWatchBookmarks"))) {
                since = Math.max(since, now);
                ObjectNode mark = StubObjects.JSON.createObjectNode();
                mark.put("kind", path.objectKind()).put("apiVersion", path.apiVersion());
                mark.putObject("metadata").put("resourceVersion", Long.toString(since));
                write(out, "BOOKMARK", mark);
            }
        }
    }

    private void log(HttpExchange call, StubPath path, Map<String, String> query)
            throws IOException, InterruptedException {
        byte[] text = logs.get(path.namespace() + "/" + path.name());
        if (text == null) {
            throw new StubObjects.Refused(400, "BadRequest", "container is waiting to start");
        }
        call.sendResponseHeaders(200, 0);
        call.getResponseBody().write(text);
        call.getResponseBody().flush();
        if ("true".equals(query.get("follow"))) {
            logEnd(path.namespace() + "/" + path.name()).await();
        }
    }

    private static void write(OutputStream out, String type, JsonNode object) throws IOException {
        ObjectNode event = StubObjects.JSON.createObjectNode().put("type", type);
        event.set("object", object);
        out.write((event + "\n").getBytes(UTF_8));
        out.flush();
    }

    private static boolean isSelected(ObjectNode object, Map<String, String> query) {
        JsonNode labels = object.path("metadata").path("labels");
        return Arrays.stream(query.getOrDefault("labelSelector", "").split(",", -1))
                .filter(term -> !term.isEmpty())
                .allMatch(term -> {
                    int equals = term.indexOf('=');
                    return equals < 0
                            ? labels.has(term)
                            : labels.path(term.substring(0, equals)).asText().equals(term.substring(equals + 1));
                });
    }

    private static ObjectNode body(HttpExchange call) throws IOException {
        return (ObjectNode) YAML.readTree(call.getRequestBody()); // JSON is YAML too
    }

    private static ObjectNode status(int code, String reason, String message) {
        return StubObjects.JSON
                .createObjectNode()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("status", "Failure")
                .put("code", code)
                .put("reason", reason)
                .put("message", message);
    }

    private void send(HttpExchange call, int code, JsonNode body) throws IOException {
        byte[] bytes = StubObjects.JSON.writeValueAsBytes(body);
        if ("gzip".equals(call.getRequestHeaders().getFirst("Accept-Encoding"))) { // a real one does so from 128 KiB on
            call.getResponseHeaders().set("Content-Encoding", "gzip");
            bytes = packed(bytes);
            packed.incrementAndGet();
        }
        call.getResponseHeaders().set("Content-Type", "application/json");
        call.sendResponseHeaders(code, bytes.length);
        call.getResponseBody().write(bytes);
    }

    private static byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static Map<String, String> query(@Nullable String text) {
        Map<String, String> query = new HashMap<>();
        for (String pair : Objects.requireNonNullElse(text, "").split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.put(
                        URLDecoder.decode(pair.substring(0, equals), UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), UTF_8));
            }
        }
        return query;
    }
}
