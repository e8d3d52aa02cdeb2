package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The start and the end of real gateways, each in a process of its own. */
@Timeout(150)
final class LifecycleTest {
    private static final Duration PROMPT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private Path stack;

    @BeforeEach
    void writeAStack() throws IOException {
        stack = Files.writeString(directory.resolve("stack.yml"), """
                functions:
                  wc: {image: wc, fprocess: wc -c}
                  # Tells that it has begun by a file beside it, and takes as many seconds as the body says.
                  slow: {image: 'file:.', fprocess: "sh -c 'read n; touch begun; sleep $n; echo done'"}
                """);
    }

    @Test
    void saysWhatToDo_andItWorks() throws Exception {
        try (GatewayProcess gateway =
                GatewayProcess.start(directory, "-f", stack.toString()).awaitReady()) {
            assertThat(gateway.out())
                    .contains("User        admin", "Password    in the file .sluice/credentials/basic-auth-password")
                    .contains("Functions   slow, wc", "  curl -d hello " + gateway.url() + "/function/wc")
                    .doesNotContain("Problem")
                    .doesNotContain(Files.readString(gateway.credentials()).trim());
            assertThat(gateway.expect("POST", "/function/wc", "hello").trim()).isEqualTo("5");
        }
    }

    @Test
    void bringsFunctionsSecretsAndNamespacesBack() throws Exception {
        try (GatewayProcess first =
                GatewayProcess.start(directory, "-f", stack.toString()).awaitReady()) {
            first.expect("POST", "/system/namespace/", "{\"name\":\"staging\",\"annotations\":{\"openfaas\":\"1\"}}");
            first.expect("POST", "/system/secrets", "{\"name\":\"key\",\"namespace\":\"staging\",\"value\":\"v\"}");
            first.terminate();
            assertThat(first.awaitEnd(PROMPT)).isZero();
        }
        try (GatewayProcess second = GatewayProcess.start(directory).awaitReady()) {
            assertThat(second.out()).contains("Functions   slow, wc");
            assertThat(second.expect("POST", "/function/wc", "hello").trim()).isEqualTo("5");
            assertThat(second.expect("GET", "/system/namespaces", "")).contains("staging");
            assertThat(second.expect("GET", "/system/secrets?namespace=staging", ""))
                    .contains("\"key\"");
        }
    }

    @Test
    void finishesTheCallThatRuns_afterSigterm() throws Exception {
        try (GatewayProcess gateway =
                GatewayProcess.start(directory, "-f", stack.toString()).awaitReady()) {
            CompletableFuture<HttpResponse<String>> call = begin(gateway, 2);
            gateway.terminate();

            assertThat(call.get(20, TimeUnit.SECONDS).body()).isEqualTo("done\n");
            assertThat(gateway.awaitEnd(PROMPT)).isZero();
        }
    }

    @Test
    void abortsTheCallThatRuns_afterASecondSigterm() throws Exception {
        try (GatewayProcess gateway =
                GatewayProcess.start(directory, "-f", stack.toString()).awaitReady()) {
            CompletableFuture<HttpResponse<String>> call = begin(gateway, 100);
            gateway.terminate();
            awaitFirstSignalHeard(gateway);
            gateway.terminate();

            assertThat(gateway.awaitEnd(PROMPT)).isZero();
            assertThat(call.handle((response, failure) -> failure).get(30, TimeUnit.SECONDS))
                    .isNotNull();
        }
    }

    @Test
    void refusesADirectoryThatAnotherGatewayHolds() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        try (GatewayProcess first = GatewayProcess.start(directory).awaitReady();
                GatewayProcess second = GatewayProcess.start(
                        elsewhere, "--data-dir", directory.resolve(".sluice").toString())) {
            assertThat(second.awaitEnd(PROMPT)).isOne();
            assertThat(second.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("sluice: data directory")
                    .contains("another gateway");
            assertThat(first.expect("GET", "/healthz", "")).isNotNull();
        }
    }

    @Test
    void refusesAPortThatIsInUse() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        try (GatewayProcess first = GatewayProcess.start(directory).awaitReady()) {
            int port = first.url().getPort();
            try (GatewayProcess second = GatewayProcess.start(elsewhere, "--port", String.valueOf(port))) {
                assertThat(second.awaitEnd(PROMPT)).isOne();
                assertThat(second.err().lines().filter(line -> line.startsWith("sluice: ")))
                        .singleElement()
                        .asString()
                        .contains("127.0.0.1:" + port, "in use", "--port");
            }
        }
    }

    @Test
    void refusesADataDirectoryThatCannotBeWritten() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        try (GatewayProcess gateway = GatewayProcess.start(directory, "--data-dir", file + "/below")) {
            assertThat(gateway.awaitEnd(PROMPT)).isOne();
            assertThat(gateway.err().lines()).singleElement().asString().startsWith("sluice: data directory");
        }
    }

    @Test
    void servesTheRest_whenOneFunctionCannotBeDeployed() throws Exception {
        Path lacking = Files.writeString(
                directory.resolve("lacking.yml"),
                "functions: {wc: {image: wc, fprocess: wc -c}, reader: {image: reader, fprocess: cat, secrets: [gone]}}");
        try (GatewayProcess gateway =
                GatewayProcess.start(directory, "-f", lacking.toString()).awaitReady()) {
            assertThat(gateway.out()).containsPattern("Problem +reader was not deployed: .*gone");
            assertThat(gateway.expect("POST", "/function/wc", "hello").trim()).isEqualTo("5");
        }
    }

    /** A call that is known to have reached its function. */
    private CompletableFuture<HttpResponse<String>> begin(GatewayProcess gateway, int seconds) throws Exception {
        CompletableFuture<HttpResponse<String>> call = gateway.send("POST", "/function/slow", seconds + "\n");
        long deadline = System.nanoTime() + PROMPT.toNanos();
        while (!Files.exists(directory.resolve("begun"))) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return call;
    }

    private static void awaitFirstSignalHeard(GatewayProcess gateway) throws Exception {
        long deadline = System.nanoTime() + PROMPT.toNanos();
        while (!gateway.err().contains("stopping:")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
