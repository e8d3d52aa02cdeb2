package sluice.invoker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.core.Endpoint;

/**
 * A replica that speaks bytes: a loopback listener which runs a script for each connection, on a thread of its own,
 * and remembers what it was sent. Thread-safe.
 */
final class RawFunction implements AutoCloseable {
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** Longer than any test keeps a connection idle. */
    private static final int IDLE_MILLIS = 60_000;

    /** What the function does with one connection. When it returns or fails, the connection is closed. */
    interface Script {
        /** {@code number} counts connections from 1. */
        void serve(RawConnection connection, int number) throws Exception;
    }

    private final ServerSocket listener;
    private final Script script;
    private final AtomicInteger connections = new AtomicInteger();
    private final Set<RawConnection> open = ConcurrentHashMap.newKeySet();
    private final List<RawMessage> requests = new CopyOnWriteArrayList<>();
    private final List<AssertionError> violations = new CopyOnWriteArrayList<>();

    private RawFunction(Script script) throws IOException {
        this.script = script;
        this.listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        run("accept", this::accept);
    }

    static RawFunction running(Script script) throws IOException {
        return new RawFunction(script);
    }

    /** Reads request after request and answers each with these bytes. */
    static Script answering(String answer) {
        return (connection, number) -> {
            while (true) {
                connection.request();
                connection.send(answer);
            }
        };
    }

    int port() {
        return listener.getLocalPort();
    }

    Endpoint endpoint(String replica) {
        return new Endpoint(replica, "127.0.0.1", port(), Endpoint.State.READY);
    }

    /** How many connections were ever accepted. */
    int connections() {
        return connections.get();
    }

    /** How many connections are open now. */
    int openConnections() {
        return open.size();
    }

    /** How many connections are open in the middle of a request. */
    long unfinishedRequests() {
        return open.stream().filter(RawConnection::isInRequest).count();
    }

    /** What has come so far, cut requests included. */
    List<RawMessage> requests() {
        return requests;
    }

    /** The one request that has come. */
    RawMessage onlyRequest() {
        if (requests.size() != 1) {
            throw new AssertionError("not one request but " + requests);
        }
        return requests.get(0);
    }

    /** Messages that were not well formed: the gateway must never send one. */
    List<AssertionError> violations() {
        return violations;
    }

    /** As when the process is killed: the port is closed and every connection reset. */
    void kill() throws IOException {
        listener.close();
        for (RawConnection connection : open) {
            connection.reset();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (RawConnection connection : open) {
            connection.close();
        }
    }

    private Void accept() throws IOException {
        while (true) {
            Socket socket = listener.accept();
            int number = connections.incrementAndGet();
            RawConnection connection = new RawConnection(socket, requests::add);
            socket.setSoTimeout(IDLE_MILLIS);
            open.add(connection);
            run("connection-" + number, () -> {
                serve(connection, number);
                return null;
            });
        }
    }

    private void serve(RawConnection connection, int number) throws Exception {
        try (connection) {
            script.serve(connection, number);
        } catch (AssertionError | RuntimeException e) {
            violations.add(new AssertionError("connection " + number, e));
        } finally {
            open.remove(connection);
        }
    }

    private void run(String role, Callable<Void> work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.call();
                    } catch (Exception closed) {
                        // the listener or the connection is gone: the usual end
                    }
                },
                "raw-function-" + listener.getLocalPort() + "-" + role);
        thread.setDaemon(true);
        thread.start();
    }
}
