package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sluice.benchmarks.peer.Jvm;
import sluice.gateway.Main;

/** {@code ./sluice up} in a process of its own, on free ports, its data in the directory it runs in. */
final class GatewayChild implements AutoCloseable {
    private static final Pattern URL = Pattern.compile("Gateway +(http://[^ \n]+)");
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration END = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path directory;
    private final Process process;
    private final Thread end = new Thread(this::end, "gateway-end");

    private GatewayChild(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
        Runtime.getRuntime().addShutdownHook(end);
    }

    /** Starts it with these settings beside the defaults; what it prints is in {@code out} and {@code err}. */
    static GatewayChild start(Path directory, Map<String, String> settings, List<String> options) throws IOException {
        List<String> words = new ArrayList<>(List.of("up", "--port", "0", "--metrics-port", "0"));
        words.addAll(options);
        Jvm jvm = Jvm.likeThis(Path.of(System.getProperty("java.home")));
        ProcessBuilder builder = new ProcessBuilder(jvm.command(Main.class, words.toArray(String[]::new)))
                .directory(directory.toFile())
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("err").toFile()));
        builder.environment().putAll(settings);
        return new GatewayChild(directory, builder.start());
    }

    /** Waits until it says that it is ready; its address. */
    URI awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (true) {
            String out = Files.readString(directory.resolve("out"));
            Matcher url = URL.matcher(out);
            if (out.contains("\n  curl ") && url.find()) {
                return URI.create(url.group(1));
            }
            if (!process.isAlive() || System.nanoTime() > deadline) {
                String err = Files.readString(directory.resolve("err"));
                throw new IOException("the gateway did not start: " + err.substring(Math.max(0, err.length() - 500)));
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** Asks the control plane; anything but a 2xx is an error. */
    @CanIgnoreReturnValue
    JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        URI url = awaitReady();
        String password = Files.readString(directory.resolve(".sluice/credentials/basic-auth-password"))
                .trim();
        HttpRequest request = HttpRequest.newBuilder(url.resolve(path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(("admin:" + password).getBytes(UTF_8)))
                .timeout(ANSWER)
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    long pid() {
        return process.pid();
    }

    /** {@code kill -9}; returns when it is gone. */
    void kill() throws InterruptedException {
        int unused = process.destroyForcibly().waitFor();
        forget();
    }

    /** Asks it to end, so that it ends its functions too. */
    @Override
    public void close() {
        end();
        forget();
    }

    private void forget() {
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(end);
        } catch (IllegalStateException e) {
            return; // the hook is what runs
        }
    }

    private void end() {
        List<ProcessHandle> family = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        family.forEach(ProcessHandle::destroyForcibly);
    }
}
