package sluice.benchmarks.async;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ClusterInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** NATS servers that hold a copy of each call each. Who is killed leads the stream of open calls. Used by one thread. */
final class BrokerCluster implements CallBroker {
    private static final String STREAM = "SLUICE_OPEN";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 50;

    private final List<BrokerChild> nodes;
    private final Connection connection;

    private BrokerCluster(List<BrokerChild> nodes, Connection connection) {
        this.nodes = nodes;
        this.connection = connection;
    }

    static BrokerCluster start(Path directory, int count) throws IOException, InterruptedException {
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ports.add(BrokerChild.freePort());
        }
        String routes = ports.stream().map(port -> "nats://127.0.0.1:" + port).collect(Collectors.joining(", "));
        List<BrokerChild> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Path own = Files.createDirectories(directory.resolve(nameOf(i)));
            nodes.add(BrokerChild.start(
                    own,
                    "server_name: " + nameOf(i) + "\ncluster { name: ledger, listen: \"127.0.0.1:" + ports.get(i)
                            + "\", routes: [" + routes + "] }\n"));
        }
        Options options = new Options.Builder()
                .servers(nodes.stream().map(BrokerChild::urls).toArray(String[]::new))
                .maxReconnects(-1)
                .errorListener(new ErrorListener() {}) // it is meant to be lost
                .reconnectWait(Duration.ofMillis(LOOK_MILLIS))
                .build();
        return new BrokerCluster(nodes, Nats.connectReconnectOnConnect(options));
    }

    private static String nameOf(int node) {
        return "node" + node;
    }

    @Override
    public String urls() {
        return nodes.stream().map(BrokerChild::urls).collect(Collectors.joining(","));
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("nats_stream_replicas", Integer.toString(nodes.size()));
    }

    @Override
    public void killAndStart() throws IOException, InterruptedException {
        nodes.get(awaitLeader()).killAndStart();
    }

    private int awaitLeader() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String leader = leader();
        while (leader == null) {
            if (System.nanoTime() > deadline) {
                throw new IOException("no leader of " + STREAM + " within " + PATIENCE.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            leader = leader();
        }
        return Integer.parseInt(leader.substring("node".length()));
    }

    /** Null while there is none, or nobody who could tell. */
    private @Nullable String leader() {
        try {
            ClusterInfo cluster =
                    connection.jetStreamManagement().getStreamInfo(STREAM).getClusterInfo();
            return cluster == null ? null : cluster.getLeader();
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        nodes.forEach(BrokerChild::close);
    }
}
