package sluice.benchmarks.load;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The connections of one phase on one selector. After opening, used by the thread that selects. */
final class ConnectionSet implements AutoCloseable {
    private static final int SINK_BYTES = 256 * 1024;

    private final LoadPlan plan;
    private final Selector selector = Selector.open();
    private final ByteBuffer sink = ByteBuffer.allocateDirect(SINK_BYTES);
    private final Set<ClientConnection> open = new LinkedHashSet<>();
    private int added;

    private ConnectionSet(LoadPlan plan) throws IOException {
        this.plan = plan;
    }

    /** Opens all connections of {@code plan}; fails when the proxy does not take them. */
    static ConnectionSet open(LoadPlan plan) throws IOException {
        ConnectionSet connections = new ConnectionSet(plan);
        try {
            for (int i = 0; i < plan.connections(); i++) {
                connections.add();
            }
        } catch (IOException e) {
            connections.close();
            throw e;
        }
        return connections;
    }

    Selector selector() {
        return selector;
    }

    void forEach(Consumer<ClientConnection> action) {
        List.copyOf(open).forEach(action);
    }

    /** The calls under way as the parts of them that are done: with long bodies they are most of a phase. */
    double partsUnderWay() {
        return open.stream().mapToDouble(ClientConnection::part).sum();
    }

    /** Closes {@code broken}; a fresh connection in its place, or none when the proxy refuses it. */
    Optional<ClientConnection> replace(ClientConnection broken) {
        try {
            open.remove(broken);
            broken.close();
            return Optional.of(add());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        for (ClientConnection connection : open) {
            connection.close();
        }
        selector.close();
    }

    @CanIgnoreReturnValue
    private ClientConnection add() throws IOException {
        ClientConnection connection = ClientConnection.open(plan, plan.prefix(added++), selector, sink);
        open.add(connection);
        return connection;
    }
}
