package sluice.queue.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.calls.CallState;
import sluice.core.calls.Submission;
import sluice.queue.Lane;
import sluice.queue.QueueConfig;
import sluice.queue.RetryPolicy;
import sluice.queue.Rid;

/** What a journal makes of a submission, whichever journal it is. */
public final class NewCall {
    private NewCall() {}

    /**
     * The row of a call that has just come.
     *
     * @param length of its body
     * @param idempotency hash of its idempotency key, or null
     * @param now of the journal's clock
     */
    public static CallRow row(
            Rid rid,
            Submission call,
            long length,
            @Nullable String idempotency,
            int partition,
            long now,
            QueueConfig config,
            Functions functions) {
        long delay = call.notBefore() == null
                ? 0
                : Math.max(0, call.notBefore().toEpochMilli() - System.currentTimeMillis());
        FunctionStatus function = functions.find(call.function());
        Map<String, String> annotations =
                function == null ? Map.of() : function.deployment().annotations();
        Duration age = call.maxAge() == null ? config.maxAge() : call.maxAge();
        return new CallRow(
                rid,
                new Lane(Lane.queueOf(annotations), call.function()),
                call.submittedName(),
                call.callId(),
                call.isCallIdChosen(),
                CallState.QUEUED,
                0,
                0,
                RetryPolicy.maxAttempts(config, annotations),
                0,
                now,
                now + delay,
                now + age.toMillis(),
                0,
                0,
                0,
                "",
                0,
                call.labels(),
                idempotency,
                length,
                call.callback() != null,
                false,
                false,
                partition,
                0);
    }

    /** For the body of a call with an idempotency key; begins with what else makes a request the same one. */
    public static MessageDigest digestOf(Submission call) {
        MessageDigest digest = sha256();
        for (String part : new String[] {call.function().qualified(), call.method(), call.target()}) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return digest;
    }

    /** What is said of a body that announces that it is too long; null when it does not. */
    public static @Nullable FailureException tooLarge(Submission call, QueueConfig config) {
        return call.contentLength() <= config.maxBodyBytes()
                ? null
                : Failure.TOO_LARGE.in(
                        Component.QUEUE,
                        "body too large: the limit is " + config.maxBodyBytes() + " bytes (SLUICE_QUEUE_MAX_BODY)");
    }

    /** A fresh one. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
