package sluice.queue.jetstream;

import io.nats.client.Connection;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Functions;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallPage;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallResult;
import sluice.core.calls.CallState;
import sluice.core.calls.Submission;
import sluice.core.fleet.Fleet;
import sluice.queue.Ledger;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.store.CallStore;
import sluice.queue.store.Companion;
import sluice.queue.store.Durability;

/**
 * The journal of a fleet, in NATS JetStream. A submit completes with the broker's acknowledgement; what that survives
 * is up to the broker: a crash of its process always, a power loss only with {@code sync_interval: always} (2.10 and
 * later) or with replicas that do not fail at once.
 *
 * <p>Any number of processes share it. Each submits, reads and cancels; the workers among them share the partitions.
 */
public final class JetStreamJournal implements CallJournal, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JetStreamJournal.class);
    private static final int THREADS = 8;
    private static final int WAITING = 100_000;

    private final Scheduler scheduler;
    private final JournalState journal;
    private final Partitions partitions;
    private final Submitting submitting;
    private final Positions positions;
    private final Reading reading;
    private final Fleetwide fleetwide;
    private final Pauses pauses;
    private final Sweeper sweeper;
    private final JetStreamLedger ledger;
    private final Disposable reconnects;

    private JetStreamJournal(Scheduler scheduler, JournalState journal, Fleet fleet) {
        this.scheduler = scheduler;
        this.journal = journal;
        partitions = new Partitions(fleet, journal);
        submitting = new Submitting(journal, partitions);
        positions = new Positions(fleet, partitions);
        reading = new Reading(journal, partitions, positions);
        fleetwide = new Fleetwide(fleet, journal, partitions);
        pauses = new Pauses(fleet.map("paused"), journal);
        sweeper = new Sweeper(journal, partitions);
        ledger = new JetStreamLedger(journal, partitions, pauses);
        reconnects = journal.broker.ready().subscribe(connection -> journal.backlogsChanged());
    }

    /**
     * Opens the journal; returns before the broker is reached. Blocks while it makes the view.
     *
     * @param sessions the connection, each time it has come up
     * @param viewDirectory of this process alone; what is in it is made anew
     * @param replicas of streams that are not there yet
     * @param maxBytes of the streams of open calls, answers and a day's bodies, each; 0 for no bound
     * @param isSynced whether the operator vouches that the broker syncs before it acknowledges; else a warning says
     *     what a power loss costs
     * @throws IOException when the view cannot be made
     */
    public static JetStreamJournal open(
            Flux<Connection> sessions,
            Fleet fleet,
            Path viewDirectory,
            int replicas,
            long maxBytes,
            boolean isSynced,
            QueueConfig config,
            Functions functions,
            QueueCounters counters)
            throws IOException {
        Files.createDirectories(viewDirectory);
        for (String file : List.of("view.db", "view.db-wal", "view.db-shm")) {
            Files.deleteIfExists(viewDirectory.resolve(file));
        }
        Scheduler scheduler = Schedulers.newBoundedElastic(THREADS, WAITING, "queue-nats", 60, true);
        StreamLimits limits = new StreamLimits(replicas, maxBytes, answerAge(config));
        Broker broker = new Broker(sessions, scheduler, limits);
        CallStore store =
                CallStore.open(viewDirectory.resolve("view.db"), Durability.DISPOSABLE, Companion.NONE, nanos -> {});
        boolean unused = store.prepare(tables -> {
            tables.eras().dropIndex(); // calls are found by their id in the broker
            return true;
        });
        store.start();
        JournalState state = new JournalState(
                config,
                functions,
                broker,
                new Bodies(broker, config.inlineBytes(), limits),
                store,
                counters,
                new OpenCalls(fleet));
        JetStreamJournal journal = new JetStreamJournal(scheduler, state, fleet);
        journal.start(fleet);
        if (!isSynced) {
            broker.ready()
                    .next()
                    .subscribe(connection -> warn(connection.getServerInfo().getVersion()));
        }
        return journal;
    }

    private void start(Fleet fleet) {
        journal.openCalls.start();
        journal.room.start();
        if (fleet.self().roles().contains(Partitions.WORKER)) {
            partitions.start();
            fleetwide.start();
            positions.start();
            sweeper.start();
        }
        log.info("asynchronous calls are kept in NATS JetStream");
    }

    /** The scheduler's side; sees no calls in a process that is no worker. */
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public Mono<Submitted> submit(Submission call, Flux<ByteBuf> body) {
        return submitting.submit(call, body);
    }

    @Override
    public Mono<List<CallRecord>> find(String callId) {
        return reading.find(callId);
    }

    @Override
    public Mono<Long> count(String callId) {
        return reading.count(callId);
    }

    @Override
    public Mono<CallRecord> await(String rid, Duration patience) {
        return parsed(rid).flatMap(id -> reading.await(id, patience));
    }

    @Override
    public Mono<CallResult> result(String rid, long from, long to) {
        return parsed(rid).flatMap(id -> reading.result(id, from, to));
    }

    @Override
    public Mono<CallState> cancel(String rid) {
        return parsed(rid).flatMap(partitions.changes()::cancel);
    }

    @Override
    public Mono<CallPage> list(CallQuery query, String cursor, int limit) {
        Rid before = cursor.isEmpty() ? null : Rid.parse(cursor).orElse(null);
        if (!cursor.isEmpty() && before == null) {
            return Mono.error(Failure.INVALID_REQUEST.in(Component.QUEUE, "cursor: is none that was given out"));
        }
        return fleetwide.list(query, before, limit);
    }

    @Override
    public Mono<Long> cancelAll(CallQuery query) {
        return fleetwide.change(WireQuery.What.CANCEL, query);
    }

    @Override
    public Mono<Long> redriveAll(CallQuery query) {
        return fleetwide.change(WireQuery.What.REDRIVE, query);
    }

    @Override
    public Mono<Long> purgeAll(CallQuery query) {
        return fleetwide.change(WireQuery.What.PURGE, query);
    }

    @Override
    public Mono<Void> pause(String queue, @Nullable String function, boolean isPaused) {
        return pauses.pause(queue, function, isPaused);
    }

    @Override
    public Mono<List<String>> paused() {
        return Mono.fromSupplier(pauses::names);
    }

    /** Which of the 64 partitions are ours and ready. */
    public int servedPartitions() {
        return partitions.serving().size();
    }

    /** Gives the partitions back and closes the view. Blocks. The scheduler must have ended before. */
    @Override
    public void close() {
        sweeper.dispose();
        fleetwide.dispose();
        positions.dispose();
        pauses.dispose();
        reconnects.dispose();
        journal.openCalls.dispose();
        journal.room.dispose();
        partitions.stop();
        journal.store.close();
        scheduler.dispose();
    }

    /** When no record can name an answer any more, and a day. */
    private static Duration answerAge(QueueConfig config) {
        Duration longest = config.deadRetention().compareTo(config.resultRetention()) > 0
                ? config.deadRetention()
                : config.resultRetention();
        return longest.plusDays(1);
    }

    private static void warn(String version) {
        if (version.startsWith("2.9.")) {
            log.warn(
                    "NATS {} syncs to the disk every 2 minutes and has no setting for it:"
                            + " a power loss can cost asynchronous calls that were acknowledged",
                    version);
        } else {
            log.warn(
                    "NATS {} does not tell whether it syncs to the disk before it acknowledges: set sync_interval: always"
                            + " there and then SLUICE_NATS_SYNCED=true here, or a power loss can cost acknowledged calls",
                    version);
        }
    }

    private static Mono<Rid> parsed(String rid) {
        return Mono.justOrEmpty(Rid.parse(rid));
    }
}
