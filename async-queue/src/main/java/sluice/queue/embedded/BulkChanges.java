package sluice.queue.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallState;
import sluice.queue.Rid;
import sluice.queue.Waiting;
import sluice.queue.store.CallList;
import sluice.queue.store.CallRow;

/** Changes of all calls that are meant, in slices of 500, so that none holds up the writer. */
final class BulkChanges {
    private static final int SLICE = 500;

    private final JournalState journal;
    private final CallEnds ends;

    BulkChanges(JournalState journal, CallEnds ends) {
        this.journal = journal;
        this.ends = ends;
    }

    private record Step(long done, @Nullable Rid before, boolean isLast) {}

    /** Runs {@code change} on slice after slice, newest calls first; completes with the number that it changed. */
    Mono<Long> each(CallQuery query, Function<List<CallRow>, Mono<Long>> change) {
        if (query.states().isEmpty()) {
            return Mono.just(0L);
        }
        return Mono.just(new Step(0, null, false))
                .expand(step -> step.isLast() ? Mono.empty() : next(query, step.before(), change))
                .map(Step::done)
                .reduce(0L, Long::sum);
    }

    private Mono<Step> next(CallQuery query, @Nullable Rid before, Function<List<CallRow>, Mono<Long>> change) {
        return journal.store
                .read(tables -> tables.list().page(query, before, SLICE))
                .flatMap((CallList.Page page) -> (page.rows().isEmpty() ? Mono.just(0L) : change.apply(page.rows()))
                        .map(done -> new Step(done, page.last(), page.last() == null)));
    }

    Mono<Long> cancel(List<CallRow> rows) {
        List<Rid> cancelled = new ArrayList<>();
        List<CallEnds.Leftover> leftovers = new ArrayList<>();
        return journal.store
                .write(
                        tables -> {
                            cancelled.clear();
                            leftovers.clear();
                            for (CallRow row : rows) {
                                CallState unused = ends.cancel(tables, row.rid(), cancelled, leftovers);
                            }
                            return (long) cancelled.size();
                        },
                        0,
                        done -> ends.cancelled(cancelled, leftovers),
                        () -> {})
                .flatMap(done -> Mono.when(
                                cancelled.stream().map(journal::withdrawn).toList())
                        .thenReturn(done));
    }

    Mono<Long> redrive(List<CallRow> rows) {
        List<Waiting> redriven = new ArrayList<>();
        return journal.store.write(
                tables -> {
                    redriven.clear();
                    long now = journal.clock.millis();
                    for (CallRow row : rows) {
                        long expires = now + (row.expiresMillis() - row.submittedMillis());
                        if (tables.changes().redrive(row.rid(), now, expires)) {
                            tables.bodies().removeAnswer(row.rid());
                            tables.callbacks().reset(row.rid());
                            redriven.add(new Waiting(row.rid(), row.lane(), now, expires));
                        }
                    }
                    return (long) redriven.size();
                },
                0,
                done -> redriven.forEach(call -> {
                    journal.openCalls.incrementAndGet();
                    journal.arrived(call);
                }),
                () -> {});
    }

    Mono<Long> forget(List<CallRow> rows) {
        List<CallEnds.Leftover> leftovers = new ArrayList<>();
        return journal.store.write(
                tables -> {
                    leftovers.clear();
                    long done = 0;
                    for (CallRow row : rows) {
                        done += ends.forget(tables, row, leftovers) ? 1 : 0;
                    }
                    return done;
                },
                0,
                done -> ends.remove(leftovers),
                () -> {});
    }
}
