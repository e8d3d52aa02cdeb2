package sluice.queue.embedded;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallState;
import sluice.queue.Attempt;
import sluice.queue.Ending;
import sluice.queue.Rid;
import sluice.queue.body.TakenBody;
import sluice.queue.store.BodyTables;
import sluice.queue.store.CallRow;
import sluice.queue.store.Place;
import sluice.queue.store.Tables;

/** The ways in which calls end and are forgotten, each with what has to go at the same moment. */
final class CallEnds {
    private static final int ANSWER_BYTES = 512; // of a record, beside the body

    private final JournalState journal;

    CallEnds(JournalState journal) {
        this.journal = journal;
    }

    /** A body's file that a commit has left without a record. */
    record Leftover(Place place, String name) {}

    Mono<Boolean> end(Attempt attempt, Ending ending) {
        Spooled answer = (Spooled) ending.answer();
        TakenBody body = answer == null ? null : answer.body();
        List<Leftover> leftovers = new ArrayList<>();
        return journal.store.write(
                tables -> {
                    leftovers.clear();
                    return ended(tables, attempt, ending, answer, leftovers);
                },
                body == null || body.memory() == null ? ANSWER_BYTES : ANSWER_BYTES + body.length(),
                isEnded -> {
                    boolean isOurs = isEnded != null && isEnded;
                    if (body != null) {
                        if (isOurs) {
                            body.kept();
                        } else {
                            body.discard();
                        }
                    }
                    if (isOurs) {
                        count(ending.state());
                        finished(attempt.rid(), leftovers);
                        journal.callbackDue(journal.clock.millis());
                    }
                },
                () -> {});
    }

    private boolean ended(
            Tables tables, Attempt attempt, Ending ending, @Nullable Spooled answer, List<Leftover> leftovers)
            throws SQLException {
        Rid rid = attempt.rid();
        long now = journal.clock.millis();
        if (!tables.changes()
                .end(
                        rid,
                        attempt.fence(),
                        ending.state(),
                        now,
                        ending.httpStatus(),
                        ending.reason(),
                        ending.seconds(),
                        answer != null,
                        answer == null ? 0 : answer.length())) {
            return false;
        }
        if (answer != null) {
            Place place = journal.bodies.place(answer.body());
            Place named = place.kind() == Place.Kind.FILE
                    ? new Place(place.kind(), attempt.fence(), 0, place.length(), place.checksum(), null)
                    : place;
            tables.bodies().putAnswer(rid, new BodyTables.Answer(answer.status(), answer.headers(), named));
        }
        if (ending.state() != CallState.DEAD) {
            dropRequest(tables, rid, leftovers);
        }
        tables.callbacks().ready(rid, now);
        return true;
    }

    /** Ends a call that is too old; whether it was open. For a work of the writer. */
    boolean expire(Tables tables, Rid rid, List<Leftover> leftovers) throws SQLException {
        long now = journal.clock.millis();
        if (!tables.changes().endOpen(rid, CallState.EXPIRED, now, "older than its maximum age")) {
            return false;
        }
        dropRequest(tables, rid, leftovers);
        tables.callbacks().ready(rid, now);
        return true;
    }

    /** After the commit of {@link #expire}. */
    void expired(List<Rid> rids, List<Leftover> leftovers) {
        if (rids.isEmpty()) {
            return;
        }
        rids.forEach(rid -> {
            count(CallState.EXPIRED);
            finished(rid, List.of());
        });
        remove(leftovers);
        journal.callbackDue(journal.clock.millis());
    }

    /** The call's request is not there (any more). */
    Mono<Boolean> lost(Rid rid) {
        journal.counters.damaged.increment();
        return journal.store.write(
                tables -> {
                    long now = journal.clock.millis();
                    tables.callbacks().ready(rid, now);
                    return tables.changes().endOpen(rid, CallState.DEAD, now, "the journal has lost its request");
                },
                0,
                isEnded -> {
                    if (isEnded != null && isEnded) {
                        count(CallState.DEAD);
                        finished(rid, List.of());
                        journal.callbackDue(journal.clock.millis());
                    }
                },
                () -> {});
    }

    /** Withdraws an open call; its state now, or null when it is unknown. For a work of the writer. */
    @Nullable CallState cancel(Tables tables, Rid rid, List<Rid> cancelled, List<Leftover> leftovers) throws SQLException {
        if (tables.changes().endOpen(rid, CallState.CANCELLED, journal.clock.millis(), "")) {
            dropRequest(tables, rid, leftovers);
            tables.callbacks().giveUp(rid);
            cancelled.add(rid);
            return CallState.CANCELLED;
        }
        CallRow row = tables.calls().find(rid);
        return row == null ? null : row.state();
    }

    /** After the commit of {@link #cancel}. */
    void cancelled(List<Rid> rids, List<Leftover> leftovers) {
        rids.forEach(rid -> {
            count(CallState.CANCELLED);
            finished(rid, List.of());
            journal.withdrawn(rid).subscribe();
        });
        remove(leftovers);
    }

    /** Leaves a tombstone; for a work of the writer. */
    boolean forget(Tables tables, CallRow row, List<Leftover> leftovers) throws SQLException {
        if (!tables.changes().forget(row.rid())) {
            return false;
        }
        dropRequest(tables, row.rid(), leftovers);
        Place answer = tables.bodies().removeAnswer(row.rid());
        if (answer != null) {
            leftovers.add(new Leftover(answer, JournalState.answerFile(row.rid(), answer)));
        }
        tables.callbacks().remove(row.rid());
        String key = row.idempotency();
        if (key != null) {
            tables.small().removeKey(key, row.rid());
        }
        return true;
    }

    /** Deletes files whose records are gone. */
    void remove(List<Leftover> leftovers) {
        leftovers.forEach(leftover -> journal.bodies.remove(leftover.place(), leftover.name()));
    }

    private void finished(Rid rid, List<Leftover> leftovers) {
        journal.ended(rid);
        remove(leftovers);
    }

    private static void dropRequest(Tables tables, Rid rid, List<Leftover> leftovers) throws SQLException {
        Place request = tables.bodies().removeRequest(rid);
        if (request != null) {
            leftovers.add(new Leftover(request, JournalState.requestFile(rid)));
        }
    }

    private void count(CallState state) {
        switch (state) {
            case COMPLETED -> journal.counters.completed.increment();
            case DEAD -> journal.counters.dead.increment();
            case CANCELLED -> journal.counters.cancelled.increment();
            case EXPIRED -> journal.counters.expired.increment();
            default -> throw new IllegalArgumentException("no end: " + state);
        }
    }
}
