package sluice.queue.embedded;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Functions;
import sluice.core.calls.CallJournal.Submitted;
import sluice.core.calls.CallRecord;
import sluice.core.calls.Submission;
import sluice.queue.Rid;
import sluice.queue.Waiting;
import sluice.queue.body.TakenBody;
import sluice.queue.store.CallRecords;
import sluice.queue.store.CallRow;
import sluice.queue.store.KeptHead;
import sluice.queue.store.NewCall;
import sluice.queue.store.SmallTables;
import sluice.queue.store.Tables;

/** Takes calls in: the body first, then record and body in one commit, and only then an answer. */
final class Submitting {
    private static final int RECORD_BYTES = 1_024; // beside body and fields, roughly

    private final JournalState journal;
    private final Functions functions;

    Submitting(JournalState journal, Functions functions) {
        this.journal = journal;
        this.functions = functions;
    }

    /** What the one writer decided. */
    private sealed interface Kept {
        record Written(CallRow row) implements Kept {}

        record Repeated(CallRecord first) implements Kept {}

        record Refused(FailureException reason) implements Kept {}
    }

    Mono<Submitted> submit(Submission call, Flux<ByteBuf> body) {
        return Mono.defer(() -> {
                    FailureException reason = refusal(call);
                    if (reason != null) {
                        return Mono.<Submitted>error(reason);
                    }
                    Rid rid = journal.rids.next();
                    MessageDigest digest = call.idempotencyKey() == null ? null : NewCall.digestOf(call);
                    return journal.bodies
                            .take(
                                    body,
                                    JournalState.requestFile(rid),
                                    journal.config.maxBodyBytes(),
                                    "SLUICE_QUEUE_MAX_BODY",
                                    digest)
                            .flatMap(taken -> keep(rid, call, taken));
                })
                .doOnError(this::count);
    }

    private @Nullable FailureException refusal(Submission call) {
        FailureException broken = journal.store.broken();
        if (broken != null) {
            return broken;
        }
        FailureException tooLarge = NewCall.tooLarge(call, journal.config);
        if (tooLarge != null) {
            return tooLarge;
        }
        return journal.openCalls.get() >= journal.config.maxOpenCalls()
                ? unavailable("the journal is full: " + journal.config.maxOpenCalls()
                        + " calls are open (SLUICE_QUEUE_MAX_OPEN_CALLS)")
                : null;
    }

    /** All that can be made ready before the writer is made ready here: what it does, all calls wait for. */
    private Mono<Submitted> keep(Rid rid, Submission call, TakenBody taken) {
        String key = call.idempotencyKey();
        String hash = key == null ? null : hashOf(call.caller(), key);
        CallRow row =
                NewCall.row(rid, call, taken.length(), hash, 0, journal.clock.millis(), journal.config, functions);
        byte[] head = new KeptHead(call.headers(), call.admitted()).bytes();
        return journal.store
                .write(
                        tables -> written(tables, row, head, call, taken),
                        taken.memory() == null ? RECORD_BYTES : RECORD_BYTES + taken.length(),
                        kept -> after(kept, taken),
                        taken::discard)
                .flatMap(kept -> answer(kept, call));
    }

    private void after(@Nullable Kept kept, TakenBody taken) {
        if (kept instanceof Kept.Written written) {
            taken.kept();
            CallRow row = written.row();
            journal.openCalls.incrementAndGet();
            journal.counters.submittedTo(row.lane().queue());
            journal.arrived(new Waiting(row.rid(), row.lane(), row.dueMillis(), row.expiresMillis()));
        } else {
            taken.discard();
        }
    }

    private static Mono<Submitted> answer(Kept kept, Submission call) {
        if (kept instanceof Kept.Written written) {
            return Mono.just(new Submitted.Accepted(written.row().rid().toString(), call.callId()));
        }
        return kept instanceof Kept.Repeated repeated
                ? Mono.just(new Submitted.Repeated(repeated.first()))
                : Mono.error(((Kept.Refused) kept).reason());
    }

    private Kept written(Tables tables, CallRow row, byte[] head, Submission call, TakenBody taken)
            throws SQLException {
        String hash = row.idempotency();
        if (hash != null) {
            Kept earlier = earlier(tables, hash, taken.digest());
            if (earlier != null) {
                return earlier;
            }
        }
        try {
            if (!journal.bodies.space().hasRoomFor(taken.memory() == null ? RECORD_BYTES : taken.length())) {
                return new Kept.Refused(unavailable(
                        "the journal is full: its file system has too little space left (SLUICE_QUEUE_FREE_SPACE)"));
            }
        } catch (IOException e) {
            return new Kept.Refused(unavailable("the journal's file system does not answer: " + e.getMessage()));
        }
        Rid rid = row.rid();
        tables.calls().putNew(row, journal.nextEra());
        tables.bodies().putRequest(rid, call.method(), call.target(), call.host(), head, journal.bodies.place(taken));
        if (call.callback() != null) {
            tables.callbacks().put(rid, call.callback().toString());
        }
        if (hash != null) {
            tables.small().putKey(hash, rid, taken.digest());
        }
        return new Kept.Written(row);
    }

    private static @Nullable Kept earlier(Tables tables, String hash, String digest) throws SQLException {
        SmallTables.KeyOwner owner = tables.small().keyOwner(hash);
        if (owner == null) {
            return null;
        }
        CallRow first = tables.calls().find(owner.rid());
        if (first == null || first.isForgotten()) {
            tables.small().removeKey(hash, owner.rid());
            return null;
        }
        return owner.digest().equals(digest)
                ? new Kept.Repeated(CallRecords.of(tables, first))
                : new Kept.Refused(
                        Failure.UNPROCESSABLE.in(Component.QUEUE, "Idempotency-Key was used for another request"));
    }

    private static String hashOf(String caller, String key) {
        MessageDigest digest = NewCall.sha256();
        digest.update(caller.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        return HexFormat.of().formatHex(digest.digest(key.getBytes(StandardCharsets.UTF_8)), 0, Rid.BYTES);
    }

    private void count(Throwable error) {
        if (error instanceof FailureException failure && failure.failure() == Failure.JOURNAL_UNAVAILABLE) {
            journal.counters.refused.increment();
        }
    }

    private static FailureException unavailable(String text) {
        return Failure.JOURNAL_UNAVAILABLE.in(Component.QUEUE, text);
    }
}
