package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway in a process of its own, as the script {@code sluice} would run it, on ports that are free. */
final class GatewayProcess implements AutoCloseable {
    private static final Pattern URL = Pattern.compile("Gateway +(http://[^ ]+)");
    private static final Pattern METRICS = Pattern.compile("Metrics +(http://[^ \n]+)");
    private static final Duration START = Duration.ofMinutes(1);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path directory;
    private final Process process;

    private GatewayProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    /** Starts {@code sluice up} with these options in {@code directory}, where the data directory is too. */
    static GatewayProcess start(Path directory, String... options) throws IOException {
        return startWith(List.of("-Xmx128m", "-Dio.netty.leakDetection.level=paranoid"), directory, options);
    }

    /** As {@link #start}, with at most so many descriptors and these settings. */
    static GatewayProcess startWithDescriptors(
            int most, Path directory, Map<String, String> settings, String... options) throws IOException {
        List<String> shell = List.of("sh", "-c", "ulimit -n " + most + " && exec \"$@\"", "sh");
        return start(shell, List.of("-Xmx128m"), settings, directory, options);
    }

    /** As {@link #start}, with these settings beside those that options give. */
    static GatewayProcess start(Path directory, Map<String, String> settings, String... options) throws IOException {
        return start(List.of(), List.of("-Xmx256m"), settings, directory, options);
    }

    /** As {@link #start}, with options for the virtual machine. */
    static GatewayProcess startWith(List<String> machine, Path directory, String... options) throws IOException {
        return start(List.of(), machine, Map.of(), directory, options);
    }

    private static GatewayProcess start(
            List<String> before, List<String> machine, Map<String, String> settings, Path directory, String... options)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.addAll(machine);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "sluice.gateway.Main", "up"));
        command.addAll(List.of(options));
        for (String option : List.of("--port", "--metrics-port")) {
            if (!command.contains(option)) {
                command.addAll(List.of(option, "0"));
            }
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile());
        builder.environment().put("SLUICE_DRAIN", "2m"); // longer than any test waits: who ends sooner had a reason
        builder.environment().putAll(settings);
        return new GatewayProcess(directory, builder.start());
    }

    /** Waits until the ready block is printed. */
    GatewayProcess awaitReady() throws Exception {
        long deadline = System.nanoTime() + START.toNanos();
        while (!out().contains("\n  curl ")) {
            assertThat(process.isAlive()).as(err()).isTrue();
            assertThat(System.nanoTime()).as("ready in time: " + err()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return this;
    }

    /** Calls a function, or the control plane with the generated password. */
    CompletableFuture<HttpResponse<String>> send(String method, String path, String body) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url().resolve(path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .timeout(Duration.ofMinutes(2));
        if (path.startsWith("/system")) {
            byte[] pair = ("admin:" + Files.readString(credentials()).trim()).getBytes(UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** As {@link #send}, for an answer that must come and be a 2xx. */
    @CanIgnoreReturnValue
    String expect(String method, String path, String body) throws Exception {
        HttpResponse<String> response = send(method, path, body).get(60, TimeUnit.SECONDS);
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return response.body();
    }

    URI url() throws IOException {
        Matcher url = URL.matcher(out());
        assertThat(url.find()).as(out()).isTrue();
        return URI.create(url.group(1));
    }

    Path credentials() {
        return directory.resolve(".sluice/credentials/basic-auth-password");
    }

    /** What the metrics port tells. */
    String metrics() throws Exception {
        Matcher url = METRICS.matcher(out());
        assertThat(url.find()).as(out()).isTrue();
        HttpRequest request = HttpRequest.newBuilder(URI.create(url.group(1))).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    long pid() {
        return process.pid();
    }

    /** Time on processors that the process has used so far. */
    Duration processorTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** Stops all its threads where they are, until {@link #resume}. */
    void pause() throws Exception {
        signal("STOP");
    }

    /** Lets it go on after {@link #pause}. */
    void resume() throws Exception {
        signal("CONT");
    }

    private void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** The exit code of a process that ends by itself now. */
    int awaitEnd(Duration bound) throws Exception {
        assertThat(process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS))
                .as(err())
                .isTrue();
        assertThat(err()).doesNotContain("LEAK:");
        return process.exitValue();
    }

    String out() throws IOException {
        return Files.readString(directory.resolve("out"));
    }

    String err() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
