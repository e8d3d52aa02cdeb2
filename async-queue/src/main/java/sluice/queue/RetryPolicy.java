package sluice.queue;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.GoDuration;

/**
 * When a call of a function is tried again. A function's annotation wins over the setting; one that cannot be read counts
 * as absent (OpenFaaS queue worker, retries).
 *
 * @param maxAttempts failures at which a call is given up
 * @param codes statuses that are no final answer
 */
public record RetryPolicy(
        int maxAttempts, Duration firstWait, Duration longestWait, Jitter jitter, Set<Integer> codes) {
    /** Annotation with the number of attempts. */
    public static final String ATTEMPTS = "com.openfaas.retry.attempts";
    /** Annotation with a comma-separated list of statuses. */
    public static final String CODES = "com.openfaas.retry.codes";
    /** Annotation with the first wait, a Go duration. */
    public static final String MIN_WAIT = "com.openfaas.retry.min_wait";
    /** Annotation with the longest wait, a Go duration. */
    public static final String MAX_WAIT = "com.openfaas.retry.max_wait";

    private static final int LARGEST_SHIFT = 20;

    public RetryPolicy {
        codes = Set.copyOf(codes);
    }

    /** The policy of a function with these annotations. */
    public static RetryPolicy of(QueueConfig config, Map<String, String> annotations) {
        return new RetryPolicy(
                maxAttempts(config, annotations),
                GoDuration.parse(annotations.getOrDefault(MIN_WAIT, "")).orElse(config.firstWait()),
                GoDuration.parse(annotations.getOrDefault(MAX_WAIT, "")).orElse(config.longestWait()),
                config.jitter(),
                QueueConfig.statuses(annotations.getOrDefault(CODES, "")).orElse(config.retryCodes()));
    }

    /** The first part of {@link #of}, which is all that a submit needs. */
    public static int maxAttempts(QueueConfig config, Map<String, String> annotations) {
        String text = annotations.get(ATTEMPTS);
        return text == null ? config.maxAttempts() : attempts(text).orElse(config.maxAttempts());
    }

    /** Whether an answer is no final one: its status is listed, or a part of the platform gave it, and it is an error. */
    public boolean isRetried(int status, boolean isInternal) {
        return codes.contains(status) || (isInternal && status >= 400);
    }

    /**
     * How long to wait after a failure.
     *
     * @param failures so far, from 1
     * @param retryAfter the field of a 429 or 503, or null
     * @param now for a date in that field
     * @param random from 0 to below 1
     */
    public Duration waitAfter(int failures, @Nullable String retryAfter, ZonedDateTime now, double random) {
        Optional<Duration> asked = retryAfter == null ? Optional.empty() : parse(retryAfter, now);
        if (asked.isPresent()) {
            return asked.get().compareTo(firstWait) < 0 ? firstWait : asked.get();
        }
        Duration doubled = firstWait.multipliedBy(1L << Math.min(failures - 1, LARGEST_SHIFT));
        return jitter.spread(doubled.compareTo(longestWait) > 0 ? longestWait : doubled, random);
    }

    private static Optional<Duration> parse(String retryAfter, ZonedDateTime now) {
        String text = retryAfter.trim();
        if (text.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Duration until = Duration.between(now, ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME));
            return Optional.of(until.isNegative() ? Duration.ZERO : until);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<Integer> attempts(String text) {
        return text.matches("[0-9]{1,5}") ? Optional.of(Math.max(1, Integer.parseInt(text))) : Optional.empty();
    }
}
