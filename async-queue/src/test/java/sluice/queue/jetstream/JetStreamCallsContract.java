package sluice.queue.jetstream;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.calls.CallJournal;
import sluice.fleet.nats.NatsServer;
import sluice.queue.CallJournalContract;
import sluice.queue.Ledger;

/** What every journal does, by this one with one process and a real server. */
abstract class JetStreamCallsContract extends CallJournalContract {
    private static final int ALL = 64;

    @TempDir
    Path directory = Path.of("");

    private @Nullable NatsServer server;
    private @Nullable Worker worker;

    abstract NatsServer newServer() throws Exception;

    @BeforeEach
    @Timeout(300) // a server may have to be fetched
    void open() throws Exception {
        server = newServer();
        worker = Worker.start(server, "a", 1, directory, Map.of("SLUICE_QUEUE_MAX_BODY", Integer.toString(MAX_BODY)))
                .serving(ALL);
        worker.ledger().tell(arrivals);
    }

    @AfterEach
    void close() {
        Objects.requireNonNull(worker).close();
        Objects.requireNonNull(server).close();
    }

    @Override
    protected CallJournal journal() {
        return Objects.requireNonNull(worker).journal;
    }

    @Override
    protected Ledger ledger() {
        return Objects.requireNonNull(worker).ledger();
    }
}
