package sluice.queue.schedule;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.CallState;
import sluice.core.calls.FunctionCaller;
import sluice.queue.Attempt;
import sluice.queue.Ending;
import sluice.queue.Ledger;
import sluice.queue.RetryPolicy;
import sluice.queue.SpooledAnswer;
import sluice.queue.Waiting;

/** One attempt, from the function's first byte to the record of what came of it. */
final class RunningAttempt {
    private static final long SKIPPED_BYTES = 64 << 10;
    private static final Duration NO_SLOT_WAIT = Duration.ofMillis(200);

    private final Ledger ledger;
    private final FunctionCaller caller;
    private final Attempt attempt;
    private final RetryPolicy policy;
    private final Scheduler loop;
    private final long startNanos = System.nanoTime();

    RunningAttempt(Ledger ledger, FunctionCaller caller, Attempt attempt, RetryPolicy policy, Scheduler loop) {
        this.ledger = ledger;
        this.caller = caller;
        this.attempt = attempt;
        this.policy = policy;
        this.loop = loop;
    }

    /**
     * What became of it.
     *
     * @param waiting the call as it waits again, or null when it does not
     * @param verdict on the function
     */
    record Result(@Nullable Waiting waiting, Verdict verdict) {}

    /** Runs the attempt in {@code slot}; cancelling aborts it. Fails only when the outcome could not be recorded. */
    Mono<Result> run(FunctionCaller.Slot slot, long expiresMillis) {
        return caller.call(slot, attempt.head(), attempt.body())
                .flatMap(answer -> judge(answer, expiresMillis))
                .onErrorResume(error -> error instanceof Unrecorded ? Mono.error(error) : fail(error, expiresMillis));
    }

    private Mono<Result> judge(FunctionCaller.CallAnswer answer, long expiresMillis) {
        HttpHeaders headers = answer.headers();
        boolean isInternal = headers.contains("X-OpenFaaS-Internal");
        String retryAfter = answer.status() == 429 || answer.status() == 503 ? headers.get("Retry-After") : null;
        if (answer.status() == 429 && isInternal) {
            return skip(answer.body()).then(noSlot(new Verdict.NoSlot(retryAfter), expiresMillis));
        }
        if (!policy.isRetried(answer.status(), isInternal)) {
            return keep(answer, CallState.COMPLETED, "", new Verdict.Final());
        }
        Verdict.Failed failed = new Verdict.Failed(answer.status(), "answered " + answer.status(), retryAfter);
        return attempt.failures() + 1 < attempt.maxAttempts()
                ? skip(answer.body()).then(retry(failed, expiresMillis))
                : keep(answer, CallState.DEAD, "answered " + answer.status() + " at the last attempt", failed);
    }

    private Mono<Result> fail(Throwable error, long expiresMillis) {
        if (error instanceof FailureException failure && failure.failure() == Failure.JOURNAL_UNAVAILABLE) {
            return retry(new Verdict.Failed(0, "its answer could not be kept: " + failure.text(), null), expiresMillis);
        }
        Verdict verdict = Verdict.of(error);
        if (verdict instanceof Verdict.NoSlot) {
            return noSlot(verdict, expiresMillis);
        }
        if (verdict instanceof Verdict.Failed failed && attempt.failures() + 1 < attempt.maxAttempts()) {
            return retry(failed, expiresMillis);
        }
        if (verdict instanceof Verdict.Failed failed) {
            return end(CallState.DEAD, failed.status(), failed.reason(), null, verdict);
        }
        Verdict.Hopeless hopeless = (Verdict.Hopeless) verdict;
        return end(CallState.DEAD, hopeless.status(), hopeless.reason(), null, verdict);
    }

    private Mono<Result> keep(FunctionCaller.CallAnswer answer, CallState state, String reason, Verdict verdict) {
        return ledger.spool(attempt, answer.status(), answer.headers(), answer.body())
                .flatMap(spooled -> end(state, answer.status(), reason, spooled, verdict));
    }

    private Mono<Result> end(
            CallState state, int status, String reason, @Nullable SpooledAnswer spooled, Verdict verdict) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        Ending ending = new Ending(state, status, reason, Math.max(0, seconds), spooled);
        return recorded(Mono.defer(() -> ledger.end(attempt, ending))).map(isOurs -> new Result(null, verdict));
    }

    private Mono<Result> retry(Verdict.Failed failed, long expiresMillis) {
        long now = ledger.nowMillis();
        ZonedDateTime date = Instant.ofEpochMilli(now).atZone(ZoneOffset.UTC);
        Duration wait = policy.waitAfter(
                attempt.failures() + 1,
                failed.retryAfter(),
                date,
                ThreadLocalRandom.current().nextDouble());
        long due = now + wait.toMillis();
        return recorded(Mono.defer(() -> ledger.retry(attempt, due, failed.status(), failed.reason())))
                .map(isOurs -> new Result(isOurs ? waiting(due, expiresMillis) : null, failed));
    }

    private Mono<Result> noSlot(Verdict verdict, long expiresMillis) {
        long due = ledger.nowMillis()
                + NO_SLOT_WAIT.toMillis()
                + ThreadLocalRandom.current().nextLong(NO_SLOT_WAIT.toMillis());
        return recorded(Mono.defer(() -> ledger.giveBack(attempt, due)))
                .map(isOurs -> new Result(isOurs ? waiting(due, expiresMillis) : null, verdict));
    }

    private Waiting waiting(long dueMillis, long expiresMillis) {
        return new Waiting(attempt.rid(), attempt.lane(), dueMillis, expiresMillis);
    }

    /** What has happened has happened: the record of it is tried until it succeeds. */
    private Mono<Boolean> recorded(Mono<Boolean> change) {
        return change.retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100))
                        .maxBackoff(Duration.ofSeconds(5))
                        .scheduler(loop)
                        .filter(error -> error instanceof FailureException))
                .onErrorMap(Unrecorded::new);
    }

    /** Reads a little of a body that nobody wants, so that its connection can be used again. */
    private static Mono<Void> skip(Flux<ByteBuf> body) {
        long[] skipped = {0};
        return body.takeUntil(buffer -> {
                    skipped[0] += buffer.readableBytes();
                    buffer.release();
                    return skipped[0] > SKIPPED_BYTES;
                })
                .then()
                .onErrorResume(error -> Mono.empty());
    }

    /** The ledger refuses for a reason that trying again does not help. */
    private static final class Unrecorded extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unrecorded(Throwable cause) {
            super(cause);
        }
    }
}
