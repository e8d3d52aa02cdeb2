package sluice.access.token;

import io.netty.handler.ssl.SslContext;
import java.time.Clock;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Somebody else who signs tokens: the rules for them, and the keys. Thread-safe. */
public final class ForeignIssuer {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final TokenRules rules;
    private final IssuerKeys keys;
    private final TokenVerifier verifier;
    private final Scheduler scheduler;

    ForeignIssuer(TokenRules rules, IssuerKeys keys, Clock clock, Scheduler scheduler) {
        this.rules = rules;
        this.keys = keys;
        this.verifier = new TokenVerifier(rules, clock, keys::now);
        this.scheduler = scheduler;
    }

    /**
     * An issuer whose keys are fetched when they are first needed.
     *
     * @param internal where to fetch them, or null for the issuer's own address
     * @param tls whom to trust there, or null for the JDK's authorities
     * @param scheduler where signatures are checked
     */
    public static ForeignIssuer of(
            TokenRules rules,
            @Nullable String internal,
            @Nullable SslContext tls,
            IssuerKeys.KeyTimes times,
            Clock clock,
            Scheduler scheduler) {
        LongSupplier nanoTime = System::nanoTime;
        KeyFetch fetch = new KeyFetch(rules.issuer(), internal, tls, scheduler, PATIENCE);
        return new ForeignIssuer(rules, new IssuerKeys(rules.issuer(), fetch, times, nanoTime), clock, scheduler);
    }

    public TokenRules rules() {
        return rules;
    }

    /**
     * Checks {@code token}, away from the caller's thread. Fails with {@link TokenRefused}, or with
     * {@link KeysUnavailable} when the issuer's keys cannot be had.
     */
    public Mono<VerifiedToken> verify(CompactToken token) {
        return Mono.defer(() -> {
            if (!rules.algorithms().contains(token.algorithm())) {
                return Mono.error(TokenRefused.algorithm()); // before anybody is asked for a key
            }
            return keys.key(token.keyId()).publishOn(scheduler).map(key -> verifier.verify(token));
        });
    }

    /** Seconds since its keys were fetched, or -1 when they never were. */
    public double keyAgeSeconds() {
        return keys.ageSeconds();
    }
}
