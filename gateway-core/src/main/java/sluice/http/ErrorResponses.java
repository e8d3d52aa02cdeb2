package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.AccessGate;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * Turns what went wrong into an answer. The one place that knows the status of a {@link Failure}.
 *
 * <p>The text is a line ({@code text/plain} with a newline), as the OpenFaaS gateway and its providers write it, or an
 * object for those whose {@code Accept} names {@code application/json}. {@code X-OpenFaaS-Internal} names the part that
 * failed.
 */
public final class ErrorResponses {
    /** The field that tells a failure of the platform from an answer of a function. */
    static final String COMPONENT = "X-OpenFaaS-Internal";
    /** The field that names the call in logs, in the audit and towards the client. */
    static final String CALL_ID_FIELD = "X-Call-Id";

    private static final Logger log = LoggerFactory.getLogger(ErrorResponses.class);
    private static final Pattern CALL_ID = Pattern.compile("[-a-zA-Z0-9_.]{1,128}");
    private static final String TEXT = "text/plain; charset=utf-8";

    private static final String JOURNAL_RETRY_SECONDS = "5";
    private static final String RETRY_SECONDS = "1";

    private ErrorResponses() {}

    /** The HTTP status of a failure. */
    public static int statusOf(Failure failure) {
        return switch (failure) {
            case INVALID_REQUEST -> 400;
            case NOT_AUTHENTICATED -> 401;
            case NOT_PERMITTED -> 403;
            case UNKNOWN_FUNCTION, NOT_FOUND -> 404;
            case METHOD_NOT_ALLOWED -> 405;
            case REQUEST_TIMEOUT -> 408;
            case CONFLICT -> 409;
            case GONE -> 410;
            case TOO_LARGE -> 413;
            case UNSUPPORTED_MEDIA_TYPE -> 415;
            case EXPECTATION_FAILED -> 417;
            case UNPROCESSABLE -> 422;
            case OVERLOADED -> 429;
            case HEAD_TOO_LARGE -> 431;
            case PROVIDER_FAILED -> 500;
            case UPSTREAM_FAILED, UPSTREAM_TIMEOUT -> 502; // OpenFaaS's code for both; retry rules know it
            case NO_READY_REPLICA, UNAVAILABLE, JOURNAL_UNAVAILABLE -> 503;
            case LOOP_DETECTED -> 508;
        };
    }

    /** The answer to a request that failed; anything but a {@link FailureException} is a bug and is logged. */
    static Answer of(Throwable error, HttpHeaders request) {
        if (error instanceof FailureException failure) {
            return of(failure, request, failure.text().endsWith(".") ? "" : "\n"); // sentences stand alone
        }
        String callId = callId(request);
        log.error("Call {} failed unexpectedly", callId, error);
        return body(null, 500, Component.GATEWAY, "internal error", "\n", callId, request);
    }

    /** The answer to a caller who may not; without a newline, as the OpenFaaS gateway writes it. */
    static Answer of(AccessGate.Decision.Deny denial, HttpHeaders request) {
        Answer answer = unkept(of(denial.reason(), request, ""));
        for (String challenge : denial.challenges()) {
            answer = answer.with(HttpHeaderNames.WWW_AUTHENTICATE, challenge);
        }
        return denial.retryAfterSeconds() > 0
                ? answer.with(HttpHeaderNames.RETRY_AFTER, Integer.toString(denial.retryAfterSeconds()))
                : answer;
    }

    /** The same answer with a call id, if it has none yet. */
    static Answer named(Answer answer, HttpHeaders request) {
        return answer.fields().contains(CALL_ID_FIELD) ? answer : answer.with(CALL_ID_FIELD, callId(request));
    }

    /** Whether {@code Accept} names JSON: a wildcard is no wish. */
    static boolean wantsJson(HttpHeaders request) {
        for (String field : request.getAll(HttpHeaderNames.ACCEPT)) {
            for (String range : field.split(",", -1)) {
                String[] parts = range.toLowerCase(Locale.ROOT).replace(" ", "").split(";", -1);
                if (parts[0].equals("application/json") && !range.matches(".*;\\s*q=0(\\.0*)?\\s*")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static Answer of(FailureException failure, HttpHeaders request, String end) {
        int status = statusOf(failure.failure());
        return body(failure.failure(), status, failure.component(), failure.text(), end, callId(request), request);
    }

    private static Answer body(
            @Nullable Failure failure,
            int status,
            Component component,
            String text,
            String end,
            String callId,
            HttpHeaders request) {
        Answer answer;
        if (wantsJson(request)) {
            answer = Answer.json(status, Map.of("error", text, "component", component.wireName(), "callId", callId));
        } else if (text.isEmpty()) {
            answer = Answer.empty(status);
        } else {
            answer = Answer.of(status, TEXT, (text + end).getBytes(StandardCharsets.UTF_8))
                    .with("X-Content-Type-Options", "nosniff");
        }
        if (failure == Failure.NOT_AUTHENTICATED || failure == Failure.NOT_PERMITTED) {
            answer = unkept(answer);
        }
        if (failure == Failure.JOURNAL_UNAVAILABLE) {
            answer = answer.with(HttpHeaderNames.RETRY_AFTER, JOURNAL_RETRY_SECONDS);
        } else if (failure == Failure.UNAVAILABLE) {
            answer = answer.with(HttpHeaderNames.RETRY_AFTER, RETRY_SECONDS);
        }
        return answer.with(COMPONENT, component.wireName()).with(CALL_ID_FIELD, callId);
    }

    /** True of one caller and one moment. */
    private static Answer unkept(Answer answer) {
        return answer.fields().contains(HttpHeaderNames.CACHE_CONTROL)
                ? answer
                : answer.with(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }

    /** The id that the client gave, or a new one; it names an answer in logs and opens nothing. */
    static String callId(HttpHeaders request) {
        String given = request.get(CALL_ID_FIELD, "");
        if (CALL_ID.matcher(given).matches()) {
            return given;
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (random.nextLong() & ~0xf000L) | 0x4000L; // version 4, variant 2 (RFC 9562, 5.4)
        long low = (random.nextLong() >>> 2) | 0x8000000000000000L;
        return new UUID(high, low).toString();
    }
}
