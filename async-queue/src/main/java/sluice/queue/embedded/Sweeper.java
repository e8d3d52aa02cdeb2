package sluice.queue.embedded;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallState;
import sluice.queue.Pace;
import sluice.queue.Rid;
import sluice.queue.store.CallRow;
import sluice.queue.store.Eras;
import sluice.queue.store.Tables;

/**
 * Ends calls that got too old and forgets ended ones by age and by size, the oldest first, never an open one; in slices
 * of 500, one after the other.
 */
final class Sweeper {
    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final int SLICE = 500;
    private static final List<CallState> ENDED =
            List.of(CallState.COMPLETED, CallState.CANCELLED, CallState.EXPIRED, CallState.DEAD);

    private final JournalState journal;
    private final CallEnds ends;
    private Disposable running = () -> {};
    private final Pace counting = new Pace();
    private long excessBytes; // by one sweep at a time

    Sweeper(JournalState journal, CallEnds ends) {
        this.journal = journal;
        this.ends = ends;
    }

    void start() {
        running = Flux.interval(EVERY)
                .onBackpressureDrop()
                .concatMap(
                        tick -> sweep().onErrorResume(e -> {
                            log.warn("the journal could not be swept: {}", e.getMessage());
                            return Mono.empty();
                        }),
                        1)
                .subscribe();
    }

    void close() {
        running.dispose();
    }

    /** One round: every kind of work, each until a slice comes back short. */
    Mono<Void> sweep() {
        return untilDone(this::expire)
                .then(untilDone(this::forgetOld))
                .then(untilDone(this::forgetBeyondSize))
                .then(untilDone(this::removeTombstones))
                .then(untilDone(this::settle))
                .then(removeSegments())
                .then(tellOfCallbacks())
                .then(journal.store.write(tables -> {
                    tables.small().setNumber(Recovery.CLOCK, journal.clock.millis());
                    return true;
                }))
                .then();
    }

    /** Repeats {@code slice} for as long as it is full. */
    private static Mono<Void> untilDone(java.util.function.Supplier<Mono<Integer>> slice) {
        return Mono.defer(slice).repeat().takeUntil(done -> done < SLICE).then();
    }

    private Mono<Integer> expire() {
        return journal.store
                .read(tables -> tables.calls().expired(journal.clock.millis(), SLICE))
                .flatMap(rows -> rows.isEmpty() ? Mono.just(0) : expire(rows));
    }

    private Mono<Integer> expire(List<CallRow> rows) {
        List<Rid> expired = new ArrayList<>();
        List<CallEnds.Leftover> leftovers = new ArrayList<>();
        return journal.store.write(
                tables -> {
                    expired.clear();
                    leftovers.clear();
                    for (CallRow row : rows) {
                        if (tables.changes().isWaiting(row.rid()) && ends.expire(tables, row.rid(), leftovers)) {
                            expired.add(row.rid());
                        }
                    }
                    return rows.size();
                },
                0,
                done -> ends.expired(expired, leftovers),
                () -> {});
    }

    private Mono<Integer> forgetOld() {
        long now = journal.clock.millis();
        return journal.store
                .read(tables -> {
                    List<CallRow> rows = new ArrayList<>();
                    for (CallState state : ENDED) {
                        Duration kept = state == CallState.DEAD
                                ? journal.config.deadRetention()
                                : journal.config.resultRetention();
                        if (rows.size() < SLICE) {
                            rows.addAll(tables.calls().endedBefore(state, now - kept.toMillis(), SLICE - rows.size()));
                        }
                    }
                    return rows;
                })
                .flatMap(this::forget);
    }

    private Mono<Integer> forgetBeyondSize() {
        return journal.store
                .read(tables -> {
                    if (counting.isDue()) {
                        countEnded(tables);
                    }
                    List<CallRow> rows = new ArrayList<>();
                    if (excessBytes > 0) {
                        for (CallState state : ENDED) {
                            rows.addAll(tables.calls().endedBefore(state, Long.MAX_VALUE, SLICE));
                        }
                        rows.sort(Comparator.comparingLong(CallRow::endedMillis));
                    }
                    List<CallRow> oldest = oldest(rows, excessBytes);
                    excessBytes -= oldest.stream().mapToLong(CallRow::size).sum();
                    return oldest;
                })
                .flatMap(this::forget);
    }

    /** Reads all entries of ended calls, so with a million of them not every second. */
    private void countEnded(Tables tables) throws SQLException {
        long start = System.nanoTime();
        excessBytes = tables.calls().endedBytes() - journal.config.retainedBytes();
        counting.ended(start);
    }

    /** As few as make up for {@code bytes}. */
    private static List<CallRow> oldest(List<CallRow> rows, long bytes) {
        long freed = 0;
        List<CallRow> chosen = new ArrayList<>();
        for (CallRow row : rows) {
            if (freed >= bytes || chosen.size() == SLICE) {
                break;
            }
            freed += row.size();
            chosen.add(row);
        }
        return chosen;
    }

    private Mono<Integer> forget(List<CallRow> rows) {
        if (rows.isEmpty()) {
            return Mono.just(0);
        }
        List<CallEnds.Leftover> leftovers = new ArrayList<>();
        return journal.store.write(
                tables -> {
                    leftovers.clear();
                    for (CallRow row : rows) {
                        boolean unused = ends.forget(tables, row, leftovers);
                    }
                    return rows.size();
                },
                0,
                done -> ends.remove(leftovers),
                () -> {});
    }

    private Mono<Integer> removeTombstones() {
        long before =
                journal.clock.millis() - journal.config.tombstoneRetention().toMillis();
        return journal.store
                .read(tables -> {
                    long tooMany = tables.calls().tombstones() - journal.config.maxTombstones();
                    return tooMany > 0
                            ? tables.calls().tombstonesBefore(Long.MAX_VALUE, Math.min(tooMany, SLICE))
                            : tables.calls().tombstonesBefore(before, SLICE);
                })
                .flatMap(old -> old.isEmpty()
                        ? Mono.just(0)
                        : journal.store.write(tables -> {
                            for (Rid rid : old) {
                                tables.calls().removeTombstone(rid);
                            }
                            return old.size();
                        }));
    }

    private Mono<Integer> settle() {
        return journal.store
                .read(tables -> tables.eras().count() > Eras.MOST)
                .flatMap(areTooMany ->
                        areTooMany ? journal.store.write(tables -> tables.eras().settleOldest(SLICE)) : Mono.just(0));
    }

    /** Those that an earlier process has planned, and those that could not be read when they got due. */
    private Mono<Void> tellOfCallbacks() {
        return journal.store
                .read(tables -> tables.callbacks().nextDue())
                .filter(next -> next <= journal.clock.millis())
                .doOnNext(journal::callbackDue)
                .then();
    }

    private Mono<Void> removeSegments() {
        return journal.store
                .write(tables -> tables.bodies().removeEmptySegments(journal.bodies.currentSegment()))
                .doOnNext(journal.bodies::removeSegments)
                .then();
    }
}
