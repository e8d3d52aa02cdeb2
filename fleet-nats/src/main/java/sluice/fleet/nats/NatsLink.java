package sluice.fleet.nats;

import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The one connection to NATS. It never gives up: a server that is away at the start, or later, or that refuses our
 * credentials is tried again after 0.1 s to 1 s with jitter. Nothing is sent while it is down. Thread-safe.
 */
public final class NatsLink implements Disposable {
    private static final Logger log = LoggerFactory.getLogger(NatsLink.class);
    private static final long LEAST_WAIT = 100;
    private static final long MOST_WAIT = 1_000;
    private static final Duration DIAL = Duration.ofSeconds(1);
    private static final Duration PING = Duration.ofSeconds(5);

    private final NatsConfig config;
    private final Options.Builder options;
    private final ExecutorService executor;
    private final Thread dialler;
    private final AtomicLong reconnects = new AtomicLong();
    private final Sinks.Many<Connection> sessions = Sinks.many().replay().latest();
    private volatile @Nullable Connection connection;
    private volatile boolean isClosed;

    private NatsLink(NatsConfig config, String name) throws IOException {
        this.config = config;
        executor = Executors.newCachedThreadPool(threads());
        options = new Options.Builder()
                .servers(config.servers().toArray(String[]::new))
                .connectionName(name)
                .executor(executor)
                .connectionTimeout(DIAL)
                .pingInterval(PING)
                .maxPingsOut(2)
                .maxReconnects(-1)
                .reconnectDelayHandler(tries -> Duration.ofMillis(pause(tries)))
                .reconnectBufferSize(0)
                .hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs) // certificates hold names
                .errorListener(new Errors());
        logIn(config);
        dialler = new Thread(this::dial, "fleet-nats-dial");
        dialler.setDaemon(true);
    }

    /**
     * Begins to connect; returns at once.
     *
     * @param name shown by the server's monitoring
     * @throws IOException when a file that the settings name cannot be used
     */
    public static NatsLink open(NatsConfig config, String name) throws IOException {
        NatsLink link = new NatsLink(config, name);
        link.dialler.start();
        return link;
    }

    /**
     * The connection, each time it has come up: first the present one if it is up, later again after every loss. What
     * hangs on the server's memory, such as consumers, is to be made anew at each. Signals on the library's threads.
     */
    public Flux<Connection> sessions() {
        return sessions.asFlux().filter(c -> c.getStatus() == Connection.Status.CONNECTED);
    }

    /** Whether the server can be reached at this moment, as far as we know. */
    public boolean isUp() {
        Connection current = connection;
        return current != null && current.getStatus() == Connection.Status.CONNECTED;
    }

    /** Whether a server of this cluster listens on that port, as far as we know: ours, and those that it told us of. */
    public boolean isServerPort(int port) {
        Connection current = connection;
        return Stream.concat(config.servers().stream(), current == null ? Stream.of() : current.getServers().stream())
                .anyMatch(server -> NatsConfig.portOf(server) == port);
    }

    /** How often the connection came back after a loss. */
    public long reconnects() {
        return reconnects.get();
    }

    /** The settings that it was made with. */
    public NatsConfig config() {
        return config;
    }

    @Override
    public void dispose() {
        isClosed = true;
        dialler.interrupt();
        Connection current = connection;
        if (current != null) {
            try {
                current.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        synchronized (sessions) {
            sessions.tryEmitComplete();
        }
        executor.shutdown();
    }

    @Override
    public boolean isDisposed() {
        return isClosed;
    }

    private void logIn(NatsConfig config) throws IOException {
        if (config.isSecure()) {
            options.sslContext(ServerTrust.context(config));
        }
        if (!config.user().isEmpty()) {
            options.userInfo(config.user().toCharArray(), config.password().toCharArray());
        }
        if (!config.token().isEmpty()) {
            options.token(config.token().toCharArray());
        }
        if (!config.credentials().isEmpty()) {
            options.authHandler(SeedLogin.read(Path.of(config.credentials())));
        }
    }

    /** Connects, waits for that connection's end, connects again. The library itself reconnects meanwhile. */
    private void dial() {
        long tries = 0;
        while (!isClosed) {
            CountDownLatch end = new CountDownLatch(1);
            ConnectionListener listener = (c, event) -> heard(c, event, end);
            try {
                Connection fresh =
                        Nats.connect(options.connectionListener(listener).build());
                connection = fresh;
                tries = 0;
                log.info(
                        "connected to NATS {}",
                        String.valueOf(fresh.getServerInfo().getVersion()));
                emit(fresh);
                end.await(); // refused credentials end it, and so do we
                if (!isClosed) {
                    log.warn("the connection to NATS has ended; a new one is tried");
                }
            } catch (IOException e) {
                if (tries++ == 0) {
                    log.warn("NATS cannot be reached at {}; trying on: {}", config.printable(), e.getMessage());
                }
            } catch (InterruptedException e) {
                break;
            }
            if (!isClosed && !slept(pause(tries))) {
                break;
            }
        }
    }

    private void heard(Connection changed, Events event, CountDownLatch end) {
        if (event == Events.RESUBSCRIBED) {
            reconnects.incrementAndGet();
            log.info("connected to NATS again");
            emit(changed);
        } else if (event == Events.DISCONNECTED && !isClosed && connection != null) {
            log.warn("the connection to NATS is lost; trying on");
        } else if (event == Events.CLOSED) {
            end.countDown();
        }
    }

    private void emit(Connection up) {
        synchronized (sessions) { // a sink takes one value at a time
            sessions.tryEmitNext(up);
        }
    }

    private static long pause(long tries) {
        long most = Math.min(MOST_WAIT, LEAST_WAIT << Math.min(tries, 10));
        return LEAST_WAIT / 2 + ThreadLocalRandom.current().nextLong(most);
    }

    private static boolean slept(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static ThreadFactory threads() {
        AtomicInteger number = new AtomicInteger();
        return work -> {
            Thread thread = new Thread(work, "fleet-nats-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Everything the library has to say goes to our log, at a level that does not repeat what we say ourselves. */
    private static final class Errors implements ErrorListener {
        @Override
        public void errorOccurred(Connection at, String error) {
            log.warn("NATS: {}", error);
        }

        @Override
        public void exceptionOccurred(Connection at, Exception e) {
            log.debug("NATS", e);
        }

        @Override
        public void slowConsumerDetected(Connection at, io.nats.client.Consumer consumer) {
            log.warn("NATS: a subscription is too slow and loses messages");
        }
    }
}
