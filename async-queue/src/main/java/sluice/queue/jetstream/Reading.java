package sluice.queue.jetstream;

import com.fasterxml.jackson.databind.JsonNode;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallResult;
import sluice.queue.Rid;
import sluice.queue.store.CallRow;
import sluice.queue.store.HeaderBytes;

/** Reads of single calls: direct gets, on any process, whoever owns the call's partition. */
final class Reading {
    private static final int FOUND = 1_000;
    private static final int AT_ONCE = 16;
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    private final JournalState journal;
    private final Partitions partitions;
    private final Positions positions;
    private final Changes changes;

    Reading(JournalState journal, Partitions partitions, Positions positions) {
        this.journal = journal;
        this.partitions = partitions;
        this.positions = positions;
        this.changes = partitions.changes();
    }

    Mono<List<CallRecord>> find(String callId) {
        return rids(callId)
                .flatMapMany(Flux::fromIterable)
                .index()
                .flatMapSequential(rid -> record(rid.getT2(), callId, rid.getT1() == 0), AT_ONCE)
                .collectList()
                .filter(records -> !records.isEmpty());
    }

    Mono<Long> count(String callId) {
        return rids(callId).map(rids -> (long) rids.size()).defaultIfEmpty(0L);
    }

    /** The newest first. */
    private Mono<List<Rid>> rids(String callId) {
        return journal.broker
                .api("STREAM.INFO." + Subjects.OPEN, Map.of("subjects_filter", Subjects.calls(callId)))
                .map(info -> {
                    Set<Rid> rids = new TreeSet<>(Comparator.reverseOrder()); // most have a request and a state
                    JsonNode subjects = info.path("state").path("subjects");
                    for (Iterator<String> names = subjects.fieldNames(); names.hasNext(); ) {
                        String name = names.next();
                        Rid.parse(name.substring(name.lastIndexOf('.') + 1)).ifPresent(rids::add);
                    }
                    return rids.stream().limit(FOUND).toList();
                });
    }

    /** @param isNewest whether it is worth while to ask for its position; the others are only listed */
    private Mono<CallRecord> record(Rid rid, String callId, boolean isNewest) {
        return changes.current(rid)
                .filter(found -> found.kept().row().callId().equals(callId))
                .flatMap(found -> isNewest
                        ? record(found.kept())
                        : positions.here(found.kept().row()).map(position -> Rows.record(found.kept(), position)));
    }

    private Mono<CallRecord> record(Kept kept) {
        return positions.of(kept.row()).map(position -> Rows.record(kept, position));
    }

    Mono<CallRecord> await(Rid rid, Duration patience) {
        Mono<Boolean> isOpen =
                changes.current(rid).map(found -> !found.kept().row().state().isEnded());
        return Mono.firstWithSignal(journal.awaiters.await(rid, patience, isOpen), elsewhere(rid, patience))
                .then(Mono.defer(() -> changes.current(rid)))
                .flatMap(found -> record(found.kept()));
    }

    /**
     * Completes when a worker elsewhere has ended the call: its state passes by as a plain message too. That may be missed,
     * so the call is looked at when listening has begun, and now and then.
     */
    private Mono<Void> elsewhere(Rid rid, Duration patience) {
        return Mono.defer(() -> partitions.isServing(Subjects.partition(rid))
                ? Mono.<Void>never()
                : journal.broker
                        .ready()
                        .switchMap(connection -> Flux.<Boolean>create(
                                        sink -> listen(connection, Subjects.state(rid), sink))
                                .subscribeOn(journal.broker.scheduler()))
                        .mergeWith(Flux.interval(LOOK_AGAIN).map(tick -> true))
                        .onBackpressureLatest()
                        .concatMap(
                                reason -> changes.current(rid).onErrorComplete(), 1) // what passes by may yet have lost
                        .filter(found -> found.kept().row().state().isEnded())
                        .next()
                        .then()
                        .timeout(patience.plusSeconds(1), Mono.empty()));
    }

    private void listen(Connection connection, String subject, FluxSink<Boolean> sink) {
        Dispatcher dispatcher = connection.createDispatcher(message -> sink.next(true));
        dispatcher.subscribe(subject);
        sink.next(true);
        sink.onDispose(() -> journal.broker.close(connection, dispatcher));
    }

    Mono<CallResult> result(Rid rid, long from, long to) {
        return changes.current(rid)
                .flatMap(this::notOlderThanSeen)
                .filter(kept -> kept.row().hasAnswer())
                .flatMap(kept -> answer(kept, from, to));
    }

    /** A server that has just begun to lead a stream may tell, for a moment, what was before the end that we have kept. */
    private Mono<Kept> notOlderThanSeen(Changes.Found found) {
        Rid rid = found.kept().row().rid();
        return partitions.isServing(Subjects.partition(rid))
                ? partitions
                        .view()
                        .find(rid)
                        .filter(seen -> seen.row().origin() > found.origin())
                        .defaultIfEmpty(found.kept())
                : Mono.just(found.kept());
    }

    private Mono<CallResult> answer(Kept kept, long from, long to) {
        CallRow row = kept.row();
        return journal.broker
                .get(Subjects.RESULT, Subjects.answer(row.rid(), row.fence()))
                .flatMap(message -> Mono.justOrEmpty(KeptAnswer.of(message))
                        .map(answer -> new CallResult(
                                Rows.record(kept, -1),
                                answer.status(),
                                HeaderBytes.parse(answer.fields()),
                                answer.body().length(),
                                journal.bodies.read(answer.body(), message.getData(), from, to))));
    }
}
