package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.impl.Headers;
import io.netty.buffer.ByteBuf;
import java.net.URI;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.CallJournal.Submitted;
import sluice.core.calls.Submission;
import sluice.queue.Rid;
import sluice.queue.jetstream.Kept.KeptCallback;
import sluice.queue.store.CallRow;
import sluice.queue.store.KeptHead;
import sluice.queue.store.NewCall;

/**
 * Takes calls in: first the parts of a larger body, then the submit itself, one message, whose acknowledgement is the
 * moment from which the call is kept. What came before and has no submit is nothing.
 */
final class Submitting {
    private static final int TRIES = 5;
    private static final long RECORD_BYTES = 1_024L; // beside the body, roughly

    private final JournalState journal;
    private final View view;
    private final Changes changes;
    private final Unsure unsure;

    Submitting(JournalState journal, Partitions partitions) {
        this.journal = journal;
        this.view = partitions.view();
        this.changes = partitions.changes();
        this.unsure = new Unsure(journal, changes);
    }

    /** Who holds an idempotency key, under which id, and for which request. */
    private record KeyOwner(String rid, String callId, boolean isCallIdChosen, String digest) {
        /** As whoever comes first hands it in: the record id tells of the call id. */
        Submission named(Submission call) {
            return call.named(callId, isCallIdChosen);
        }
    }

    Mono<Submitted> submit(Submission call, Flux<ByteBuf> body) {
        return Mono.defer(() -> {
                    FailureException tooLarge = NewCall.tooLarge(call, journal.config);
                    if (tooLarge != null) {
                        return Mono.<Submitted>error(tooLarge);
                    }
                    if (journal.openCalls.count() >= journal.config.maxOpenCalls()) {
                        return Mono.<Submitted>error(Broker.unavailable("it is full: " + journal.config.maxOpenCalls()
                                + " calls are open (SLUICE_QUEUE_MAX_OPEN_CALLS)"));
                    }
                    String full = journal.room.refusal();
                    if (!full.isEmpty()) {
                        return Mono.<Submitted>error(Broker.unavailable(full));
                    }
                    Rid rid = Subjects.in(journal.rids.next(), call.function(), call.callId());
                    MessageDigest digest = call.idempotencyKey() == null ? null : NewCall.digestOf(call);
                    return journal.bodies
                            .take(body, rid + "-q", journal.config.maxBodyBytes(), "SLUICE_QUEUE_MAX_BODY", digest)
                            .flatMap(taken -> keep(rid, call, taken, digest)
                                    .doOnNext(done -> {
                                        if (done instanceof Submitted.Repeated) {
                                            journal.bodies.discard(taken.body());
                                        }
                                    })
                                    .doOnError(e -> isSure(e), e -> journal.bodies.discard(taken.body()))
                                    .onErrorMap(Broker.Refused.class, e -> Broker.unavailable(Broker.text(e))));
                })
                .doOnError(this::count);
    }

    /** Whether nothing can have been kept. */
    private static boolean isSure(Throwable e) {
        return e instanceof Broker.Refused
                || (e instanceof FailureException failure && failure.failure() == Failure.UNPROCESSABLE);
    }

    private Mono<Submitted> keep(Rid rid, Submission call, Bodies.Taken taken, @Nullable MessageDigest digest) {
        if (digest == null) {
            return write(rid, call, taken, null)
                    .switchIfEmpty(Mono.error(() -> Broker.unavailable("a record id twice")));
        }
        String hash = Subjects.hash(call.caller(), String.valueOf(call.idempotencyKey()));
        KeyOwner own = new KeyOwner(
                rid.toString(),
                call.callId(),
                call.isCallIdChosen(),
                HexFormat.of().formatHex(digest.digest()));
        return claim(call, taken, hash, own, 0, TRIES);
    }

    /** Takes the key, or finds who has it. {@code expected} is the sequence of an owner who is no more. */
    private Mono<Submitted> claim(
            Submission call, Bodies.Taken taken, String hash, KeyOwner own, long expected, int tries) {
        return journal.broker
                .tryPublish(
                        Subjects.key(hash),
                        new Headers(),
                        Kept.text(own).getBytes(UTF_8),
                        expected,
                        own.rid() + "-k" + expected)
                .flatMap(sequence -> resume(call, taken, hash, own))
                .onErrorResume(
                        Conflict.class,
                        e -> tries > 1
                                ? found(call, taken, hash, own, tries)
                                : Mono.error(Broker.unavailable("the idempotency key changes too fast")));
    }

    private Mono<Submitted> found(Submission call, Bodies.Taken taken, String hash, KeyOwner own, int tries) {
        return journal.broker
                .get(Subjects.KEY, Subjects.key(hash))
                .flatMap(message -> {
                    KeyOwner first = Kept.read(new String(message.getData(), UTF_8), KeyOwner.class)
                            .orElse(own);
                    Rid rid = Rid.parse(first.rid()).orElseThrow();
                    return changes.current(rid)
                            .map(present -> present.kept().row().isForgotten() ? 2 : 1)
                            .defaultIfEmpty(0)
                            .flatMap(presence -> {
                                if (presence == 2) {
                                    return claim(call, taken, hash, own, Changes.sequence(message), tries - 1);
                                }
                                return first.digest().equals(own.digest())
                                        ? resume(call, taken, hash, first)
                                        : Mono.<Submitted>error(Failure.UNPROCESSABLE.in(
                                                Component.QUEUE,
                                                "Idempotency-Key: was used for another request before"));
                            });
                })
                .switchIfEmpty(Mono.defer(() -> claim(call, taken, hash, own, 0, tries - 1)));
    }

    /** Under the record id that the key names, of which only one submit is kept, whoever comes first. */
    private Mono<Submitted> resume(Submission call, Bodies.Taken taken, String hash, KeyOwner owner) {
        Rid rid = Rid.parse(owner.rid()).orElseThrow();
        Mono<Submitted> repeated =
                changes.current(rid).map(present -> new Submitted.Repeated(Rows.record(present.kept(), -1)));
        return repeated.switchIfEmpty(Mono.defer(() -> write(rid, owner.named(call), taken, hash)))
                .switchIfEmpty(repeated)
                .switchIfEmpty(Mono.error(() -> Broker.unavailable("the first call of that key came and went")));
    }

    /** Empty when there is a submit of that record id. */
    private Mono<Submitted> write(Rid rid, Submission call, Bodies.Taken taken, @Nullable String hash) {
        URI callback = call.callback();
        CallRow row = NewCall.row(
                rid,
                call,
                taken.body().length(),
                hash,
                Subjects.partition(rid),
                journal.clock.millis(),
                journal.config,
                journal.functions);
        Kept kept = new Kept(row, callback == null ? null : KeptCallback.idle(callback.toString()));
        // of two submits with one record id, as those with one key, each has to know whether it was the one that is
        // kept
        String messageId = journal.rids.next().toString();
        Headers headers = kept.asHeaders();
        new KeptRequest(
                        call.method(),
                        call.target(),
                        call.host(),
                        new KeptHead(call.headers(), call.admitted()).bytes(),
                        taken.body())
                .addTo(headers);
        long bytes = RECORD_BYTES + taken.inline().length;
        return Mono.defer(() -> {
                    journal.room.take(bytes);
                    return journal.broker.tryPublish(Subjects.request(rid), headers, taken.inline(), 0, messageId);
                })
                .doFinally(end -> journal.room.taken(bytes))
                .doOnError(FailureException.class, e -> {
                    if (hash == null) { // who has a key finds it when he tries again
                        unsure.add(rid, messageId);
                    }
                })
                .flatMap(sequence -> {
                    journal.counters.submittedTo(row.lane().queue());
                    return view.apply(kept, 0, false)
                            .onErrorComplete() // it is kept: whoever owns the partition sees it
                            .<Submitted>thenReturn(new Submitted.Accepted(rid.toString(), call.callId()));
                })
                .onErrorResume(Conflict.class, e -> Mono.empty());
    }

    private void count(Throwable error) {
        if (error instanceof FailureException failure && failure.failure() == Failure.JOURNAL_UNAVAILABLE) {
            journal.counters.refused.increment();
        }
    }
}
