package sluice.access.token;

import java.security.PublicKey;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The keys of one foreign issuer, kept. Thread-safe; never blocks.
 *
 * <p>A key that is known answers at once, however the issuer does, for as long as the set is not older than
 * {@code maxStale}. At most one fetch runs; attempts are {@code cooldown} apart, whatever asks for them: age of the set,
 * an unknown id, or nobody having succeeded yet. So a flood of made-up ids costs the issuer one request per cool-down,
 * and an issuer that is down is asked no more often.
 */
public final class IssuerKeys {
    private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);
    private static final Duration SHORTEST_REFRESH = Duration.ofMinutes(1);
    private static final Duration LONGEST_REFRESH = Duration.ofHours(1);

    private final String issuer;
    private final KeyFetch fetch;
    private final KeyTimes times;
    private final LongSupplier nanoTime;

    private volatile @Nullable Kept kept;
    private @Nullable Mono<KeySet> running;
    private long lastAttempt;
    private boolean hasTried;
    private volatile boolean hasFailed;

    IssuerKeys(String issuer, KeyFetch fetch, KeyTimes times, LongSupplier nanoTime) {
        this.issuer = issuer;
        this.fetch = fetch;
        this.times = times;
        this.nanoTime = nanoTime;
    }

    /**
     * How long keys are kept.
     *
     * @param refresh age at which they are fetched again, if the issuer does not say
     * @param cooldown between two attempts
     * @param maxStale age at which they do not count any more
     */
    public record KeyTimes(Duration refresh, Duration cooldown, Duration maxStale) {}

    private record Kept(KeySet keys, long since, Duration refresh) {}

    /** The key of this id as last fetched, without asking anyone; null when there is none. */
    @Nullable PublicKey now(String keyId) {
        Kept now = usable();
        return now == null ? null : now.keys().find(keyId);
    }

    /**
     * Completes when {@link #now} can answer for {@code keyId}. Fails with {@link KeysUnavailable} when there are no
     * usable keys, with {@link TokenRefused} when the issuer has no such key.
     */
    Mono<PublicKey> key(String keyId) {
        return Mono.defer(() -> {
            Kept now = usable();
            if (now != null) {
                PublicKey known = now.keys().find(keyId);
                boolean isOld =
                        nanoTime.getAsLong() - now.since() > now.refresh().toNanos();
                if (known != null) {
                    if (isOld) {
                        refreshInBackground();
                    }
                    return Mono.just(known);
                }
            }
            return refresh().switchIfEmpty(Mono.defer(this::afterCooldown)).map(keys -> required(keys, keyId));
        });
    }

    /** Seconds since the keys were fetched, or -1 when they never were. */
    double ageSeconds() {
        Kept now = kept;
        return now == null ? -1 : (nanoTime.getAsLong() - now.since()) / 1e9;
    }

    private @Nullable Kept usable() {
        Kept now = kept;
        return now != null
                        && nanoTime.getAsLong() - now.since()
                                <= times.maxStale().toNanos()
                ? now
                : null;
    }

    private void refreshInBackground() {
        refresh().onErrorComplete().subscribe();
    }

    /** What is known while no attempt is allowed; a failure if the last attempt failed. */
    private Mono<KeySet> afterCooldown() {
        Kept now = usable();
        return now == null || hasFailed
                ? Mono.error(new KeysUnavailable("keys of " + issuer + ": the last attempt failed"))
                : Mono.just(now.keys());
    }

    private static PublicKey required(KeySet keys, String keyId) {
        PublicKey key = keys.find(keyId);
        if (key == null) {
            throw TokenRefused.unknownKey();
        }
        return key;
    }

    /** Joins the running attempt or begins one; empty when it is too early for one. */
    private synchronized Mono<KeySet> refresh() {
        if (running != null) {
            return running;
        }
        long now = nanoTime.getAsLong();
        if (hasTried && now - lastAttempt < times.cooldown().toNanos()) {
            return Mono.empty();
        }
        hasTried = true;
        lastAttempt = now;
        Mono<KeySet> attempt = fetch.attempt()
                .map(this::keep)
                .doOnError(this::failed)
                .doFinally(end -> ended())
                .cache();
        running = attempt;
        return attempt;
    }

    private KeySet keep(KeyFetch.Found found) {
        Duration asked = found.maxAge() == null ? times.refresh() : found.maxAge();
        Duration least = SHORTEST_REFRESH.compareTo(times.refresh()) < 0 ? SHORTEST_REFRESH : times.refresh();
        Duration refresh = asked.compareTo(least) < 0 ? least : asked;
        kept = new Kept(
                found.keys(), nanoTime.getAsLong(), refresh.compareTo(LONGEST_REFRESH) > 0 ? LONGEST_REFRESH : refresh);
        if (hasFailed) {
            log.info("keys of {} can be fetched again", issuer);
        }
        hasFailed = false;
        return found.keys();
    }

    private void failed(Throwable error) {
        if (!hasFailed) {
            log.warn("cannot fetch {}; known keys count for {} more", error.getMessage(), times.maxStale());
        }
        hasFailed = true;
    }

    private synchronized void ended() {
        running = null;
    }
}
