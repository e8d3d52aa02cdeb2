package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.nats.client.Message;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallState;
import sluice.queue.Rid;
import sluice.queue.store.CallRow;

/**
 * Changes of records by compare-and-set: a change names the sequence of the message that it replaces, and of two that
 * race the broker takes one. The other completes without a value.
 */
final class Changes {
    private static final Logger log = LoggerFactory.getLogger(Changes.class);
    static final String SEQUENCE = "Nats-Sequence";
    private static final byte[] NOTHING = {};
    private static final int TRIES = 20;
    private static final int LOST_ATTEMPTS = 10;

    private final JournalState journal;
    private final View view;
    private final Removals removals = new Removals();
    private final AtomicLong changeNumbers = new AtomicLong(System.nanoTime());

    Changes(JournalState journal, View view) {
        this.journal = journal;
        this.view = view;
    }

    /**
     * A record as the broker has it.
     *
     * @param origin sequence of the state's message, 0 while there is only the submit
     * @param messageId under which it was published
     */
    record Found(Kept kept, long origin, String messageId) {}

    /** Replaces a record; completes with the new sequence, or empty when another change came first. */
    Mono<Long> change(long expected, Kept after, boolean isQuiet) {
        return change(expected, after, isQuiet, messageId(after.row().rid(), expected));
    }

    /** Of a change that no other one shares. */
    String messageId(Rid rid, long expected) {
        return rid + "-" + expected + "-" + changeNumbers.incrementAndGet();
    }

    /** As {@link #change(long, Kept, boolean)}; one that was kept under this id before succeeds again. */
    Mono<Long> change(long expected, Kept after, boolean isQuiet, String messageId) {
        Rid rid = after.row().rid();
        return Mono.defer(() -> {
            if (isQuiet) { // or the scheduler would not hear of it when the broker's message is faster
                view.changing(rid, true);
            }
            return publish(expected, after, messageId)
                    .flatMap(sequence -> applied(after, sequence, isQuiet).thenReturn(sequence))
                    .doFinally(signal -> view.changing(rid, false));
        });
    }

    private Mono<Long> publish(long expected, Kept after, String messageId) {
        return journal.broker
                .publish(Subjects.state(after.row().rid()), after.asHeaders(), NOTHING, expected, messageId)
                .onErrorResume(Conflict.class, e -> Mono.empty())
                .doOnError(e -> journal.backlogsChanged()); // it may have been kept: nobody else would tell
    }

    private Mono<Void> applied(Kept after, long sequence, boolean isQuiet) {
        return view.apply(after, sequence, isQuiet).onErrorResume(e -> {
            log.warn("the view is behind: {}", e.getMessage());
            return Mono.empty();
        });
    }

    /** The newest record of a call, from the broker; empty when it is unknown. */
    Mono<Found> current(Rid rid) {
        return journal.broker
                .newest(Subjects.OPEN, Subjects.state(rid))
                .flatMap(message ->
                        Mono.justOrEmpty(Kept.of(message).map(kept -> found(kept, sequence(message), message))))
                .switchIfEmpty(Mono.defer(() -> journal.broker
                        .get(Subjects.OPEN, Subjects.request(rid))
                        .flatMap(message -> Mono.justOrEmpty(Kept.of(message).map(kept -> found(kept, 0, message))))));
    }

    private static Found found(Kept kept, long origin, Message message) {
        return new Found(kept, origin, Broker.messageId(message));
    }

    /** Withdraws a call, wherever it is; completes with its state then. */
    Mono<CallState> cancel(Rid rid) {
        // what the view knows of an open call need not be asked for; if it knows too little, the change finds out
        return view.find(rid)
                .filter(kept -> !kept.row().state().isEnded())
                .map(kept -> new Found(kept, kept.row().origin(), ""))
                .switchIfEmpty(current(rid))
                .flatMap(found -> cancel(rid, found, TRIES));
    }

    private Mono<CallState> cancel(Rid rid, Found found, int tries) {
        CallState state = found.kept().row().state();
        if (state.isEnded()) {
            return Mono.just(state);
        }
        Kept after = Rows.endedOpen(found.kept(), CallState.CANCELLED, "", journal.clock.millis());
        return publish(found.origin(), after, messageId(rid, found.origin()))
                .flatMap(sequence -> {
                    journal.counters.cancelled.increment();
                    // the attempt is aborted first, all else is bookkeeping
                    return Mono.when(journal.withdrawn(rid), applied(after, sequence, true))
                            .doOnSuccess(done -> dropRequest(rid))
                            .thenReturn(CallState.CANCELLED);
                })
                .switchIfEmpty(Mono.defer(() -> tries > 1
                        ? current(rid).flatMap(newer -> cancel(rid, newer, tries - 1))
                        : Mono.error(Broker.unavailable("the call changes too fast"))));
    }

    /** Takes a submit back that nobody was told of, down to a tombstone; false when its first attempt has begun. */
    Mono<Boolean> withdraw(Kept submit) {
        Kept cancelled = Rows.endedOpen(submit, CallState.CANCELLED, "", journal.clock.millis());
        return change(0, Rows.forgotten(cancelled), false)
                .doOnNext(sequence -> dropRequest(submit.row().rid()))
                .hasElement();
    }

    /** Ends a waiting call that is too old; false when something else came first. */
    Mono<Boolean> expire(Kept kept) {
        Kept after = Rows.endedOpen(kept, CallState.EXPIRED, "older than its maximum age", journal.clock.millis());
        return change(kept.row().origin(), after, true)
                .doOnNext(sequence -> {
                    journal.counters.expired.increment();
                    dropRequest(kept.row().rid());
                })
                .hasElement();
    }

    /** Ends a call whose request is not there. */
    Mono<Boolean> lost(Kept kept) {
        journal.counters.damaged.increment();
        Kept after = Rows.endedOpen(kept, CallState.DEAD, "the journal has lost its request", journal.clock.millis());
        return change(kept.row().origin(), after, true)
                .doOnNext(sequence -> journal.counters.dead.increment())
                .hasElement();
    }

    /** Lets a call wait again whose attempt was lost with its worker, but not for ever. */
    Mono<Boolean> requeue(Kept kept) {
        return requeue(kept, true);
    }

    /** As {@link #requeue(Kept)}. */
    Mono<Boolean> requeue(Kept kept, boolean isQuiet) {
        CallRow row = kept.row();
        if (row.attempt() - row.failures() > LOST_ATTEMPTS) {
            String reason = "the worker ended during " + LOST_ATTEMPTS + " attempts";
            return change(row.origin(), Rows.endedOpen(kept, CallState.DEAD, reason, journal.clock.millis()), isQuiet)
                    .doOnNext(sequence -> journal.counters.dead.increment())
                    .hasElement();
        }
        return change(row.origin(), Rows.requeued(kept, journal.clock.millis()), isQuiet)
                .hasElement();
    }

    /** Queues a dead call again; false when it is not dead any more. */
    Mono<Boolean> redrive(Kept kept) {
        CallRow row = kept.row();
        return change(row.origin(), Rows.redriven(kept, journal.clock.millis()), false)
                .doOnNext(sequence -> dropAnswer(row))
                .hasElement();
    }

    /** Leaves a tombstone; false when something else came first. */
    Mono<Boolean> forget(Kept kept) {
        CallRow row = kept.row();
        return change(row.origin(), Rows.forgotten(kept), true)
                .doOnNext(sequence -> {
                    dropRequest(row.rid());
                    dropAnswer(row);
                    dropKey(row);
                })
                .hasElement();
    }

    /** Forgets even that it was there. */
    Mono<Void> removeTombstone(CallRow row) {
        removals.add(journal.broker.api("STREAM.PURGE." + Subjects.OPEN, Map.of("filter", Subjects.state(row.rid()))));
        return view.remove(row.rid());
    }

    /** Removes the submit and its body; the call's record stays. Returns at once. */
    void dropRequest(Rid rid) {
        removals.add(journal.broker.get(Subjects.OPEN, Subjects.request(rid)).flatMap(message -> {
            KeptRequest.of(message).ifPresent(request -> journal.bodies.discard(request.body()));
            return delete(Subjects.OPEN, message);
        }));
    }

    private void dropAnswer(CallRow row) {
        if (row.hasAnswer()) {
            String subject = Subjects.answer(row.rid(), row.fence());
            removals.add(journal.broker
                    .get(Subjects.RESULT, subject)
                    .doOnNext(message ->
                            KeptAnswer.of(message).ifPresent(answer -> journal.bodies.discard(answer.body())))
                    .flatMap(message -> delete(Subjects.RESULT, message)));
        }
    }

    /** Frees the idempotency key, if it is still this call's. */
    private void dropKey(CallRow row) {
        String hash = row.idempotency();
        if (hash != null) {
            removals.add(journal.broker
                    .get(Subjects.KEY, Subjects.key(hash))
                    .filter(message -> new String(message.getData(), UTF_8)
                            .contains(row.rid().toString()))
                    .flatMap(message -> delete(Subjects.KEY, message)));
        }
    }

    private Mono<JsonNode> delete(String stream, Message message) {
        return journal.broker.api("STREAM.MSG.DELETE." + stream, Map.of("seq", sequence(message), "no_erase", true));
    }

    static long sequence(Message message) {
        String text = message.getHeaders() == null ? null : message.getHeaders().getFirst(SEQUENCE);
        return text == null ? 0 : Long.parseLong(text);
    }
}
