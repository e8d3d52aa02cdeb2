package sluice.queue.jetstream;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallState;
import sluice.queue.Pace;
import sluice.queue.Rid;
import sluice.queue.store.CallRow;
import sluice.queue.store.Tables;

/**
 * Ends calls of our partitions that got too old and forgets ended ones by age and by size, the oldest first, never an
 * open one. The bound on size counts per worker.
 */
final class Sweeper implements Disposable {
    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final int SLICE = 500;
    private static final int AT_ONCE = 32;
    private static final List<CallState> ENDED =
            List.of(CallState.COMPLETED, CallState.CANCELLED, CallState.EXPIRED, CallState.DEAD);

    private final JournalState journal;
    private final Partitions partitions;
    private final OldBodies oldBodies;
    private final Disposable.Swap running = Disposables.swap();
    private final Pace counting = new Pace();
    private long open; // by one sweep at a time

    Sweeper(JournalState journal, Partitions partitions) {
        this.journal = journal;
        this.partitions = partitions;
        this.oldBodies = new OldBodies(journal, partitions);
    }

    void start() {
        running.update(Flux.interval(EVERY)
                .onBackpressureDrop()
                .concatMap(
                        tick -> sweep().onErrorResume(e -> {
                            log.debug("the journal could not be swept: {}", e.getMessage());
                            return Mono.empty();
                        }),
                        1)
                .subscribe());
    }

    private Mono<Void> sweep() {
        Changes changes = partitions.changes();
        return each(this::expired, changes::expire)
                .then(each(this::old, changes::forget))
                .then(each(this::tooMuch, changes::forget))
                .then(each(
                        this::tombstones,
                        kept -> changes.removeTombstone(kept.row()).thenReturn(true)))
                .then(count())
                .then(oldBodies.clear());
    }

    private Mono<Void> count() {
        return Mono.defer(() -> counting.isDue() ? journal.store.read(this::counted) : Mono.just(open))
                .flatMap(journal.openCalls::tell);
    }

    private long counted(Tables tables) throws SQLException {
        long start = System.nanoTime();
        open = tables.calls().open();
        counting.ended(start);
        return open;
    }

    private interface Choice {
        List<CallRow> of(Tables tables) throws SQLException;
    }

    private Mono<Void> each(Choice choice, Function<Kept, Mono<Boolean>> change) {
        return journal.store
                .read(tables -> {
                    List<Kept> all = new ArrayList<>();
                    for (CallRow row : choice.of(tables)) {
                        if (partitions.isServing(row.partition())) {
                            all.add(View.kept(tables, row));
                        }
                    }
                    return all;
                })
                .flatMapIterable(all -> all)
                .flatMap(change, AT_ONCE)
                .then();
    }

    private List<CallRow> expired(Tables tables) throws SQLException {
        return tables.calls().expired(journal.clock.millis(), SLICE);
    }

    private List<CallRow> old(Tables tables) throws SQLException {
        List<CallRow> rows = new ArrayList<>();
        for (CallState state : ENDED) {
            Duration kept = state == CallState.DEAD ? journal.config.deadRetention() : journal.config.resultRetention();
            rows.addAll(tables.calls().endedBefore(state, journal.clock.millis() - kept.toMillis(), SLICE));
        }
        return rows;
    }

    private List<CallRow> tooMuch(Tables tables) throws SQLException {
        long excess = tables.calls().endedBytes() - journal.config.retainedBytes();
        List<CallRow> rows = new ArrayList<>();
        if (excess > 0) {
            for (CallState state : ENDED) {
                rows.addAll(tables.calls().endedBefore(state, Long.MAX_VALUE, SLICE));
            }
            rows.sort(Comparator.comparingLong(CallRow::endedMillis));
        }
        List<CallRow> oldest = new ArrayList<>();
        for (CallRow row : rows) {
            if (excess <= 0) {
                break;
            }
            excess -= row.size();
            oldest.add(row);
        }
        return oldest;
    }

    private List<CallRow> tombstones(Tables tables) throws SQLException {
        long oldest =
                journal.clock.millis() - journal.config.tombstoneRetention().toMillis();
        long tooMany = tables.calls().tombstones() - journal.config.maxTombstones();
        List<CallRow> rows = new ArrayList<>();
        for (Tombstone tombstone : tables.statements()
                .all(
                        "SELECT rid, ended FROM calls INDEXED BY calls_forgotten WHERE forgotten=1 ORDER BY ended LIMIT ?",
                        row -> new Tombstone(Rid.of(row.getBytes(1)), row.getLong(2)),
                        SLICE)) {
            CallRow row = tables.calls().find(tombstone.rid());
            if (row != null && (tombstone.ended() < oldest || tooMany-- > 0)) {
                rows.add(row);
            }
        }
        return rows;
    }

    private record Tombstone(Rid rid, long ended) {}

    @Override
    public void dispose() {
        running.dispose();
    }
}
