package sluice.queue.jetstream;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallRecord.CallbackLog;
import sluice.core.calls.CallState;
import sluice.queue.Rid;
import sluice.queue.Waiting;
import sluice.queue.jetstream.Kept.KeptCallback;
import sluice.queue.jetstream.Kept.Tried;
import sluice.queue.store.CallRow;
import sluice.queue.store.CallbackTable;
import sluice.queue.store.Tables;

/**
 * The local picture of the partitions that are ours. It is fed twice: by our own changes, once the broker has them, and
 * by the partition's messages, which bring the changes of others. The greater sequence wins, so order does not matter.
 */
final class View {
    private final JournalState journal;
    private final IntPredicate isOurs;
    private final Set<Rid> changing = ConcurrentHashMap.newKeySet();
    private final boolean[] hasHadCalls = new boolean[Subjects.PARTITIONS]; // by the writer's thread only

    View(JournalState journal, IntPredicate isOurs) {
        this.journal = journal;
        this.isOurs = isOurs;
    }

    private enum Outcome {
        STALE,
        NEW,
        CHANGED
    }

    /** Marks a call that we change ourselves: the scheduler need not hear of it from the broker. */
    void changing(Rid rid, boolean isChanging) {
        if (isChanging) {
            changing.add(rid);
        } else {
            changing.remove(rid);
        }
    }

    /** A message of the partition, from the broker. */
    Mono<Void> follow(Kept kept, long sequence, boolean isQuiet) {
        boolean isKnown = isQuiet || changing.contains(kept.row().rid());
        return apply(kept, sequence, isKnown);
    }

    /**
     * Takes a record over unless a newer one is there, and tells who has to know.
     *
     * @param sequence of the state's message; 0 for a submit
     * @param isQuiet whether the scheduler knows already
     */
    Mono<Void> apply(Kept kept, long sequence, boolean isQuiet) {
        return journal.store
                .write(
                        tables -> applied(tables, kept, sequence),
                        0,
                        outcome -> {
                            if (outcome != null && outcome != Outcome.STALE) {
                                tell(kept, isQuiet);
                            }
                        },
                        () -> {})
                .then();
    }

    private Outcome applied(Tables tables, Kept kept, long sequence) throws SQLException {
        CallRow row = Rows.at(kept.row(), sequence);
        if (!isOurs.test(row.partition())) {
            return Outcome.STALE;
        }
        CallRow before = tables.calls().find(row.rid());
        if (before != null && before.origin() >= sequence) {
            return Outcome.STALE;
        }
        hasHadCalls[row.partition()] = true;
        tables.calls().put(row, 0);
        KeptCallback callback = kept.callback();
        if (callback == null && before != null) {
            tables.callbacks().remove(row.rid());
        } else if (callback != null) {
            tables.callbacks().put(row.rid(), callback.url());
            tables.statements()
                    .change(
                            "UPDATE callbacks SET state=?, number=?, next=?, log=? WHERE rid=?",
                            callback.state(),
                            callback.number(),
                            callback.next(),
                            text(callback.log()),
                            row.rid().bytes());
        }
        return before == null ? Outcome.NEW : Outcome.CHANGED;
    }

    /** The lines of {@link CallbackTable}. */
    private static String text(List<Tried> log) {
        StringBuilder text = new StringBuilder();
        for (Tried tried : log) {
            text.append(tried.at())
                    .append(' ')
                    .append(tried.httpStatus())
                    .append(' ')
                    .append(tried.problem().replace('\n', ' '))
                    .append('\n');
        }
        return text.toString();
    }

    private void tell(Kept kept, boolean isQuiet) {
        CallRow row = kept.row();
        if (row.state().isEnded()) {
            journal.awaiters.ended(row.rid());
        }
        KeptCallback callback = kept.callback();
        if (callback != null && callback.state() == KeptCallback.DUE) {
            journal.callbackDue(callback.next());
        }
        if (isQuiet) {
            return;
        }
        if (Rows.isWaiting(row)) {
            journal.arrived(new Waiting(row.rid(), row.lane(), row.dueMillis(), row.expiresMillis()));
        } else if (row.state() == CallState.CANCELLED) {
            journal.withdrawn(row.rid()).subscribe();
        }
    }

    /** The record of a call of ours; empty when it is not known here. */
    Mono<Kept> find(Rid rid) {
        return journal.store
                .read(tables -> Optional.ofNullable(kept(tables, rid)))
                .flatMap(Mono::justOrEmpty);
    }

    static @Nullable Kept kept(Tables tables, Rid rid) throws SQLException {
        CallRow row = tables.calls().find(rid);
        return row == null ? null : kept(tables, row);
    }

    static Kept kept(Tables tables, CallRow row) throws SQLException {
        CallbackTable.Callback callback = row.hasCallback() ? tables.callbacks().find(row.rid()) : null;
        if (callback == null) {
            return new Kept(row, null);
        }
        List<Tried> log = new ArrayList<>();
        for (CallbackLog.Attempt attempt : callback.log()) {
            log.add(new Tried(attempt.at().toEpochMilli(), attempt.httpStatus(), attempt.problem()));
        }
        long next = tables.statements().number("SELECT next FROM callbacks WHERE rid=?", (Object)
                row.rid().bytes());
        int state = (int) tables.statements().number("SELECT state FROM callbacks WHERE rid=?", (Object)
                row.rid().bytes());
        return new Kept(row, new KeptCallback(callback.url(), state, callback.number(), next, log));
    }

    /** Running calls of a partition. */
    Mono<List<Kept>> running(int partition) {
        return journal.store.read(tables -> running(tables, partition));
    }

    private static List<Kept> running(Tables tables, int partition) throws SQLException {
        List<Kept> all = new ArrayList<>();
        for (CallRow row : tables.calls().runningBefore(Long.MAX_VALUE, Integer.MAX_VALUE)) {
            if (row.partition() == partition) {
                all.add(kept(tables, row));
            }
        }
        return all;
    }

    /** Forgets a partition that is not ours (any more); completes with its calls that ran here. In the order of calls. */
    Mono<List<Kept>> drop(int partition) {
        return journal.store.write(tables -> {
            if (!hasHadCalls[partition]) { // to look for them takes reading all calls of all partitions
                return List.of();
            }
            List<Kept> running = running(tables, partition);
            tables.statements()
                    .change("DELETE FROM callbacks WHERE rid IN (SELECT rid FROM calls WHERE partition=?)", partition);
            tables.statements().change("DELETE FROM calls WHERE partition=?", partition);
            return running;
        });
    }

    /** Forgets a call altogether. */
    Mono<Void> remove(Rid rid) {
        return journal.store
                .write(tables -> tables.statements().change("DELETE FROM calls WHERE rid=?", (Object) rid.bytes()))
                .then();
    }

    /** How many wait before it; -1 where that is not known here. */
    Mono<Long> position(CallRow row) {
        return Rows.isWaiting(row) && isOurs.test(Subjects.partition(row.rid()))
                ? journal.store.read(tables -> tables.calls().position(row, 100_000))
                : Mono.just(-1L);
    }
}
