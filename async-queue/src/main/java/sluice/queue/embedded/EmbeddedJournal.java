package sluice.queue.embedded;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
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
import sluice.queue.Ledger;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.store.BodyTables;
import sluice.queue.store.CallList;
import sluice.queue.store.CallRecords;
import sluice.queue.store.CallRow;

/**
 * The journal of one machine. A submit completes after its record, and its body if that lies beside, were synced to the
 * disk: it survives a kill and a power loss. What it survives not is the loss of the disk.
 *
 * <p>The directory holds {@code calls.db} with its log, {@code bodies/} and a lock; see
 * {@link sluice.queue.store.CallStore} and {@link sluice.queue.body.Bodies}.
 */
public final class EmbeddedJournal implements CallJournal, AutoCloseable {
    private static final int FOUND = 1_000;

    private final JournalDirectory directory;
    private final JournalState journal;
    private final CallEnds ends;
    private final Submitting submitting;
    private final EmbeddedLedger ledger;
    private final BulkChanges bulk;
    private final Sweeper sweeper;

    private EmbeddedJournal(JournalDirectory directory, JournalState journal, Functions functions) {
        this.directory = directory;
        this.journal = journal;
        this.ends = new CallEnds(journal);
        this.submitting = new Submitting(journal, functions);
        this.ledger = new EmbeddedLedger(journal, ends);
        this.bulk = new BulkChanges(journal, ends);
        this.sweeper = new Sweeper(journal, ends);
    }

    /**
     * Opens the journal in {@code directory}, or makes it. Attempts of an earlier process are void from here on, and
     * their calls wait again. Blocks.
     *
     * @throws IOException when another process has it, or it is damaged; the text says what to do
     */
    public static EmbeddedJournal open(Path directory, QueueConfig config, Functions functions, QueueCounters counters)
            throws IOException {
        JournalDirectory opened = JournalDirectory.open(directory);
        try {
            EmbeddedJournal journal = new EmbeddedJournal(opened, Recovery.open(opened, config, counters), functions);
            journal.sweeper.start();
            return journal;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** The scheduler's side. */
    public Ledger ledger() {
        return ledger;
    }

    /** Calls that have not ended. */
    public long openCalls() {
        return journal.openCalls.get();
    }

    @Override
    public Mono<Submitted> submit(Submission call, Flux<ByteBuf> body) {
        return submitting.submit(call, body);
    }

    @Override
    public Mono<List<CallRecord>> find(String callId) {
        return journal.store
                .read(tables -> {
                    List<CallRecord> records = new ArrayList<>();
                    for (CallRow row : tables.calls().byCallId(callId, FOUND)) {
                        records.add(CallRecords.withPosition(tables, row));
                    }
                    return records;
                })
                .filter(records -> !records.isEmpty());
    }

    @Override
    public Mono<Long> count(String callId) {
        return journal.store.read(tables -> tables.calls().count(callId));
    }

    @Override
    public Mono<CallRecord> await(String rid, Duration patience) {
        return parsed(rid)
                .flatMap(id -> journal.awaiters
                        .await(
                                id,
                                patience,
                                record(id).map(record -> !record.state().isEnded()))
                        .then(record(id)));
    }

    @Override
    public Mono<CallResult> result(String rid, long from, long to) {
        return parsed(rid)
                .flatMap(id -> journal.store.read(tables -> {
                    CallRow row = tables.calls().find(id);
                    BodyTables.Answer answer = tables.bodies().answer(id);
                    return row == null || answer == null || !row.hasAnswer()
                            ? null
                            : new CallResult(
                                    CallRecords.of(tables, row),
                                    answer.status(),
                                    answer.headers(),
                                    answer.body().length(),
                                    journal.bodies.read(
                                            answer.body(), JournalState.answerFile(id, answer.body()), from, to));
                }));
    }

    @Override
    public Mono<CallState> cancel(String rid) {
        return parsed(rid).flatMap(id -> {
            List<Rid> cancelled = new ArrayList<>();
            List<CallEnds.Leftover> leftovers = new ArrayList<>();
            return journal.store
                    .write(
                            tables -> {
                                cancelled.clear();
                                leftovers.clear();
                                return ends.cancel(tables, id, cancelled, leftovers);
                            },
                            0,
                            state -> ends.cancelled(cancelled, leftovers),
                            () -> {})
                    .flatMap(state -> journal.withdrawn(id).thenReturn(state));
        });
    }

    @Override
    public Mono<CallPage> list(CallQuery query, String cursor, int limit) {
        Rid before = cursor.isEmpty() ? null : Rid.parse(cursor).orElse(null);
        if (!cursor.isEmpty() && before == null) {
            return Mono.error(Failure.INVALID_REQUEST.in(Component.QUEUE, "cursor: is none that was given out"));
        }
        return journal.store.read(tables -> {
            CallList.Page page = tables.list().page(query, before, Math.max(1, Math.min(limit, FOUND)));
            List<CallRecord> records = new ArrayList<>();
            for (CallRow row : page.rows()) {
                records.add(CallRecords.of(tables, row));
            }
            Rid last = page.last();
            return new CallPage(records, last == null ? "" : last.toString(), true);
        });
    }

    @Override
    public Mono<Long> cancelAll(CallQuery query) {
        return bulk.each(
                narrowed(query, EnumSet.of(CallState.QUEUED, CallState.RUNNING, CallState.RETRYING)), bulk::cancel);
    }

    @Override
    public Mono<Long> redriveAll(CallQuery query) {
        return bulk.each(narrowed(query, EnumSet.of(CallState.DEAD)), bulk::redrive);
    }

    @Override
    public Mono<Long> purgeAll(CallQuery query) {
        return bulk.each(
                narrowed(
                        query, EnumSet.of(CallState.COMPLETED, CallState.DEAD, CallState.CANCELLED, CallState.EXPIRED)),
                bulk::forget);
    }

    @Override
    public Mono<Void> pause(String queue, @Nullable String function, boolean isPaused) {
        String name = function == null ? Pauses.QUEUE + queue : Pauses.FUNCTION + function;
        return journal.store
                .write(tables -> {
                    tables.small().setPaused(name, isPaused);
                    return tables.small().pauses();
                })
                .doOnNext(names -> {
                    if (journal.arrivals() != null) {
                        Pauses.tell(names, journal.arrivals());
                    }
                })
                .then();
    }

    @Override
    public Mono<List<String>> paused() {
        return journal.store
                .read(tables -> tables.small().pauses())
                .map(names -> names.stream()
                        .map(name -> name.startsWith(Pauses.QUEUE) ? name.substring(Pauses.QUEUE.length()) : name)
                        .toList());
    }

    /** Finishes the writes that wait and closes all files. Blocks. The scheduler must have ended before. */
    @Override
    public void close() throws IOException {
        sweeper.close();
        journal.store.close();
        journal.bodies.close();
        directory.close();
    }

    private Mono<CallRecord> record(Rid rid) {
        return journal.store.read(tables -> {
            CallRow row = tables.calls().find(rid);
            return row == null ? null : CallRecords.withPosition(tables, row);
        });
    }

    private static Mono<Rid> parsed(String rid) {
        return Mono.justOrEmpty(Rid.parse(rid));
    }

    /** Of the states that are asked for, those that can be meant; all of these when none is asked for. */
    private static CallQuery narrowed(CallQuery query, Set<CallState> possible) {
        Set<CallState> states = EnumSet.copyOf(possible);
        if (!query.states().isEmpty()) {
            states.retainAll(query.states());
        }
        return new CallQuery(
                query.namespace(),
                query.function(),
                query.queue(),
                query.callId(),
                states,
                query.labels(),
                query.from(),
                query.to());
    }
}
