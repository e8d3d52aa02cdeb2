package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import sluice.core.fleet.Fleet;
import sluice.queue.Rid;
import sluice.queue.store.CallRow;

/** How many calls wait before one: the worker that serves its partition knows, and the others ask. */
final class Positions implements Disposable {
    private static final String TOPIC = "position";
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final long UNKNOWN = -1;

    private final Fleet fleet;
    private final Partitions partitions;
    private final Disposable.Swap answering = Disposables.swap();

    Positions(Fleet fleet, Partitions partitions) {
        this.fleet = fleet;
        this.partitions = partitions;
    }

    void start() {
        answering.update(fleet.answer(TOPIC, this::answer));
    }

    private Mono<byte[]> answer(byte[] question) {
        return Mono.justOrEmpty(Rid.parse(new String(question, US_ASCII)))
                .filter(rid -> partitions.isServing(Subjects.partition(rid)))
                .flatMap(partitions.view()::find)
                .flatMap(kept -> partitions.view().position(kept.row()))
                .map(position -> Long.toString(position).getBytes(US_ASCII));
    }

    /** Of a call that waits; -1 of others, and when nobody tells. */
    Mono<Long> of(CallRow row) {
        Rid rid = row.rid();
        if (!Rows.isWaiting(row) || partitions.isServing(Subjects.partition(rid))) {
            return here(row);
        }
        return fleet.ask(TOPIC, rid.toString().getBytes(US_ASCII), PATIENCE)
                .next()
                .map(answer -> Long.parseLong(new String(answer, US_ASCII)))
                .onErrorReturn(UNKNOWN)
                .defaultIfEmpty(UNKNOWN);
    }

    /** As {@link #of}, but asks nobody. */
    Mono<Long> here(CallRow row) {
        return partitions.view().position(row).defaultIfEmpty(UNKNOWN);
    }

    @Override
    public void dispose() {
        answering.dispose();
    }
}
