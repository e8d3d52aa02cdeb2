package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A headless Chromium with one page, driven over its DevTools protocol. It resolves no name, so whatever a page asks
 * for elsewhere fails. For one thread.
 */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BlockingQueue<JsonNode> replies = new LinkedBlockingQueue<>();
    private final WebSocket socket;
    private int lastId;

    private Browser(Process process, URI page) {
        this.process = process;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .connectTimeout(PATIENCE)
                .buildAsync(page, new Replies())
                .join();
    }

    /** Where this machine has a Chromium, or null. */
    static @Nullable Path find() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /** Starts {@code chromium} with a fresh {@code profile}, which is a directory. */
    static Browser open(Path chromium, Path profile) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        chromium.toString(),
                        "--headless",
                        "--no-sandbox", // tests may run as root
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--disable-extensions",
                        "--no-first-run",
                        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return new Browser(process, page(profile.resolve("DevToolsActivePort")));
        } catch (RuntimeException | IOException | InterruptedException | AssertionError e) {
            end(process);
            throw e;
        }
    }

    /** Loads {@code url} and waits until its scripts have run. */
    void visit(String url) {
        JsonNode unused = send("Page.navigate", Map.of("url", url));
        await("document.readyState === 'complete'");
    }

    /** The value of a JavaScript expression, awaited when it is a promise. */
    JsonNode evaluate(String expression) {
        JsonNode result =
                send("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        assertThat(result.path("exceptionDetails").toString()).as(expression).isEmpty();
        return result.path("result").path("value");
    }

    /** Waits until {@code condition} is true in the page; fails with what the page shows. */
    void await(String condition) {
        long start = System.nanoTime();
        while (!evaluate("Boolean(" + condition + ")").asBoolean()) {
            assertThat(System.nanoTime() - start)
                    .as("nanoseconds until %s in %s", condition, evaluate("document.body?.innerText"))
                    .isLessThan(PATIENCE.toNanos());
        }
    }

    @Override
    public void close() {
        socket.abort();
        end(process);
    }

    private JsonNode send(String method, Map<String, Object> params) {
        int id = ++lastId;
        socket.sendText(json(Map.of("id", id, "method", method, "params", params)), true)
                .join();
        while (true) {
            JsonNode reply = next(method);
            if (reply.path("id").asInt() == id) {
                assertThat(reply.path("error").toString()).as(method).isEmpty();
                return reply.path("result");
            }
        }
    }

    private JsonNode next(String method) {
        try {
            JsonNode reply = replies.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (reply == null) {
                throw new AssertionError("no reply to " + method);
            }
            return reply;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static URI page(Path portFile) throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (!Files.exists(portFile) || Files.size(portFile) == 0) {
            assertThat(System.nanoTime() - start)
                    .as("nanoseconds until Chromium listens")
                    .isLessThan(PATIENCE.toNanos());
            LockSupport.parkNanos(20_000_000);
        }
        List<String> lines = Files.readAllLines(portFile);
        HttpRequest list = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + lines.get(0) + "/json/list"))
                .timeout(PATIENCE)
                .build();
        String targets = HttpClient.newHttpClient()
                .send(list, HttpResponse.BodyHandlers.ofString())
                .body();
        for (JsonNode target : JSON.readTree(targets)) {
            if (target.path("type").asText().equals("page")) {
                return URI.create(target.path("webSocketDebuggerUrl").asText());
            }
        }
        throw new AssertionError("Chromium has no page among " + targets);
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Puts whole messages in the queue. */
    private final class Replies implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    replies.add(JSON.readTree(text.toString()));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }
}
