package sluice.queue;

import java.time.Duration;
import java.util.Locale;

/** Which part of a wait is left to chance (OpenFaaS queue worker, {@code backoff}). */
public enum Jitter {
    /** None. */
    EXPONENTIAL,
    /** From half of the wait to all of it. */
    EQUAL,
    /** From nothing to all of the wait. */
    FULL;

    /**
     * The wait as it shall be.
     *
     * @param random from 0 to below 1
     */
    Duration spread(Duration wait, double random) {
        double part = switch (this) {
            case EXPONENTIAL -> 1;
            case EQUAL -> 0.5 + random / 2;
            case FULL -> random;
        };
        return Duration.ofMillis(Math.round(wait.toMillis() * part));
    }

    /** As it is written in the setting. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
