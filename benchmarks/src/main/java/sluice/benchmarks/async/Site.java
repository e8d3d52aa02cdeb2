package sluice.benchmarks.async;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A gateway in a directory of its own, with the broker that keeps its calls if one does. Used by one thread. */
final class Site implements AutoCloseable {
    private static final Duration WARM = Duration.ofSeconds(20);
    private static final Duration WARMING = Duration.ofSeconds(2);

    private final Path directory;
    private final @Nullable BrokerChild broker;
    private GatewayChild gateway;

    private Site(Path directory, @Nullable BrokerChild broker) throws IOException {
        this.directory = directory;
        this.broker = broker;
        this.gateway = start(directory, broker);
    }

    /** In a directory that is made when it is not there. */
    static Site start(Path directory, boolean isOnBroker) throws IOException {
        Files.createDirectories(directory);
        return new Site(directory, isOnBroker ? BrokerChild.start(directory) : null);
    }

    private static GatewayChild start(Path directory, @Nullable BrokerChild broker) throws IOException {
        return GatewayChild.start(directory, Map.of(), broker == null ? List.of() : List.of("--nats", broker.urls()));
    }

    URI awaitReady() throws IOException, InterruptedException {
        return gateway.awaitReady();
    }

    @CanIgnoreReturnValue
    JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        return gateway.ask(method, path, body);
    }

    /** Kills the gateway with -9 and starts it again; returns at once. */
    void restart() throws IOException, InterruptedException {
        gateway.kill();
        gateway = start(directory, broker);
    }

    /** Deploys a {@link LedgerFunction}. */
    void deploy(String function) throws IOException, InterruptedException {
        ask("POST", "/system/functions", LedgerFunction.deployment(function, log()));
    }

    void pause(String function) throws IOException, InterruptedException {
        ask("POST", "/system/calls/pause?function=" + function, "");
    }

    void resume(String function) throws IOException, InterruptedException {
        ask("POST", "/system/calls/resume?function=" + function, "");
    }

    /** Lets {@code load} run until the gateway's compilers have done their work, as far as CPU time tells. */
    void warm(Load load) throws IOException, InterruptedException {
        Duration used = Duration.ZERO;
        while (used.compareTo(WARM) < 0) {
            load.run(WARMING);
            used = ProcessHandle.of(pid())
                    .flatMap(process -> process.info().totalCpuDuration())
                    .orElse(WARM);
        }
    }

    /** Some load, for a while. */
    @FunctionalInterface
    interface Load {
        void run(Duration time) throws IOException, InterruptedException;
    }

    /** The process of the gateway. */
    long pid() {
        return gateway.pid();
    }

    /** Executions of its functions so far. */
    List<LedgerFunction.Execution> executions() throws IOException {
        return LedgerFunction.read(log());
    }

    /** Where its calls are kept, if by a broker. */
    Optional<String> broker() {
        return Optional.ofNullable(broker).map(CallBroker::urls);
    }

    /** What its calls would be written to without it. */
    List<BareMedium> bare() throws IOException, InterruptedException {
        BrokerChild at = broker;
        return at == null
                ? List.of(GroupCommits.like(directory.resolve(".sluice/calls/calls.db"), directory.resolve("bare.db")))
                : List.of(AckedPublishes.like(at.urls()));
    }

    private Path log() {
        return directory.resolve("executions");
    }

    @Override
    public void close() {
        gateway.close();
        if (broker != null) {
            broker.close();
        }
    }
}
