package sluice.queue.callback;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** When a callback is delivered again: waits that double, the later half of each left to chance. */
final class CallbackRetries {
    private static final int LARGEST_SHIFT = 20;

    private final CallbackConfig config;

    CallbackRetries(CallbackConfig config) {
        this.config = config;
    }

    /**
     * How long to wait after a failure; empty when the callback is given up.
     *
     * @param deliveries so far, this one included
     * @param now for a date in {@code Retry-After}
     * @param random from 0 to below 1
     */
    Optional<Duration> after(CallbackOutcome outcome, int deliveries, Instant now, double random) {
        if (!outcome.mayRetry() || deliveries >= config.attempts()) {
            return Optional.empty();
        }
        Duration doubled = config.firstWait().multipliedBy(1L << Math.min(deliveries - 1, LARGEST_SHIFT));
        long millis = Math.round(shorter(doubled).toMillis() * (0.5 + random / 2));
        Duration planned = Duration.ofMillis(millis);
        String field = outcome.retryAfter();
        Duration asked =
                field == null ? Duration.ZERO : parse(field.trim(), now).orElse(Duration.ZERO);
        return Optional.of(asked.compareTo(planned) > 0 ? shorter(asked) : planned);
    }

    private Duration shorter(Duration wait) {
        return wait.compareTo(config.longestWait()) > 0 ? config.longestWait() : wait;
    }

    private static Optional<Duration> parse(String retryAfter, Instant now) {
        if (retryAfter.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(retryAfter)));
        }
        try {
            Instant until = ZonedDateTime.parse(retryAfter, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(Duration.between(now, until));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
