package sluice.gateway;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.function.IntPredicate;
import sluice.core.Functions;
import sluice.core.MetricSource;
import sluice.core.calls.CallJournal;
import sluice.fleet.nats.LinkMetrics;
import sluice.fleet.nats.MemberFile;
import sluice.fleet.nats.NatsFleet;
import sluice.fleet.nats.NatsLink;
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
 * @param metrics of what lies behind the journal
 * @param end closes it; blocks
 */
record OpenJournal(
        CallJournal calls, Ledger ledger, IntPredicate isBrokerPort, List<MetricSource> metrics, Closeable end) {
    /** Opens the one that the settings ask for. Blocks, but not for a NATS server that is away. */
    static OpenJournal of(GatewayConfig config, Functions functions, QueueCounters counters) throws IOException {
        return config.nats().isOn() ? inNats(config, functions, counters) : embedded(config, functions, counters);
    }

    private static OpenJournal embedded(GatewayConfig config, Functions functions, QueueCounters counters)
            throws IOException {
        EmbeddedJournal journal =
                EmbeddedJournal.open(config.dataDir().resolve("calls"), config.queue(), functions, counters);
        return new OpenJournal(journal, journal.ledger(), port -> false, List.of(), journal::close);
    }

    private static OpenJournal inNats(GatewayConfig config, Functions functions, QueueCounters counters)
            throws IOException {
        NatsLink link = NatsLink.open(config.nats(), "sluice");
        NatsFleet fleet = new NatsFleet(
                link,
                MemberFile.next(config.dataDir().resolve("fleet"), config.role().inFleet()));
        try {
            JetStreamJournal journal = JetStreamJournal.open(
                    link.sessions(),
                    fleet,
                    config.dataDir().resolve("fleet"),
                    config.nats().replicas(),
                    config.nats().maxBytes(),
                    config.nats().isSynced(),
                    config.queue(),
                    functions,
                    counters);
            return new OpenJournal(
                    journal, journal.ledger(), link::isServerPort, List.of(new LinkMetrics(link)), () -> {
                        journal.close();
                        fleet.dispose();
                        link.dispose();
                    });
        } catch (IOException | RuntimeException e) {
            fleet.dispose();
            link.dispose();
            throw e;
        }
    }
}
