package sluice.gateway;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.IntPredicate;
import sluice.core.Functions;
import sluice.core.calls.CallJournal;
import sluice.queue.Ledger;
import sluice.queue.QueueCounters;
import sluice.queue.embedded.EmbeddedJournal;
import sluice.queue.jetstream.JetStreamJournal;

/**
 * Where asynchronous calls are kept: on this machine, or in NATS when the settings name a server.
 *
 * @param calls the API's side
 * @param ledger the scheduler's side
 * @param isBrokerPort tells ports of the servers behind the journal
 * @param end closes it; blocks
 */
record OpenJournal(CallJournal calls, Ledger ledger, IntPredicate isBrokerPort, Closeable end) {
    /** Opens the one that the settings ask for. Blocks, but not for a NATS server that is away. */
    static OpenJournal of(GatewayConfig config, OpenFleet fleet, Functions functions, QueueCounters counters)
            throws IOException {
        OpenFleet.Nats nats = fleet.nats();
        return nats == null ? embedded(config, functions, counters) : inNats(config, nats, functions, counters);
    }

    private static OpenJournal embedded(GatewayConfig config, Functions functions, QueueCounters counters)
            throws IOException {
        EmbeddedJournal journal =
                EmbeddedJournal.open(config.dataDir().resolve("calls"), config.queue(), functions, counters);
        return new OpenJournal(journal, journal.ledger(), port -> false, journal::close);
    }

    private static OpenJournal inNats(
            GatewayConfig config, OpenFleet.Nats nats, Functions functions, QueueCounters counters) throws IOException {
        JetStreamJournal journal = JetStreamJournal.open(
                nats.link().sessions(),
                nats.fleet(),
                config.dataDir().resolve("fleet"),
                config.nats().replicas(),
                config.nats().maxBytes(),
                config.nats().isSynced(),
                config.queue(),
                functions,
                counters);
        return new OpenJournal(journal, journal.ledger(), nats.link()::isServerPort, journal::close);
    }
}
