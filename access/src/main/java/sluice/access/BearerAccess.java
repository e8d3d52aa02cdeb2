package sluice.access;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.access.revocation.DenyList;
import sluice.access.token.CompactToken;
import sluice.access.token.KeysUnavailable;
import sluice.access.token.SystemIssuer;
import sluice.access.token.TokenRefused;
import sluice.access.token.TokenRules;
import sluice.access.token.VerifiedTokens;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * Says whose a bearer token is. A token that was seen before costs a look-up; any other is checked on a scheduler of its
 * own. The claimed issuer chooses the verifier and decides nothing else. Thread-safe.
 */
final class BearerAccess {
    private final IamConfig config;
    private final SystemIssuer system;
    private final TrustedParties parties;
    private final DenyList denials;
    private final Scheduler scheduler;
    private final VerifiedTokens<Bearer> known;
    private final Clock clock;
    private final LongSupplier nanoTime;

    BearerAccess(
            IamConfig config,
            SystemIssuer system,
            TrustedParties parties,
            DenyList denials,
            Scheduler scheduler,
            Clock clock,
            LongSupplier nanoTime) {
        this.config = config;
        this.system = system;
        this.parties = parties;
        this.denials = denials;
        this.scheduler = scheduler;
        this.known = new VerifiedTokens<>(config.cacheEntries());
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** The holder, if the token was verified a moment ago and still counts; never waits. */
    @Nullable Bearer recall(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.ISO_8859_1);
        Bearer bearer;
        synchronized (known) { // for as long as a look-up takes
            bearer = known.find(bytes, 0, bytes.length);
        }
        return bearer != null
                        && bearer.generation() == parties.now().generation()
                        && bearer.until() - nanoTime.getAsLong() > 0
                        && clock.instant().isBefore(bearer.token().expires())
                        && denials.mayJudgeControl()
                        && !denials.denies(bearer.marks())
                ? bearer
                : null;
    }

    /** Keeps {@code bearer} for the next time. */
    void remember(String token, Bearer bearer) {
        byte[] bytes = token.getBytes(StandardCharsets.ISO_8859_1);
        synchronized (known) {
            known.put(bytes, 0, bytes.length, bearer);
        }
    }

    /**
     * Verifies {@code token}. Fails with {@link TokenRefused}, or with {@link Failure#UNAVAILABLE} when that cannot be
     * done now.
     */
    Mono<Bearer> verify(String token) {
        return Mono.defer(() -> verifyNow(token))
                .subscribeOn(scheduler)
                .onErrorMap(KeysUnavailable.class, e -> unavailable("issuer keys"))
                .onErrorMap(RejectedExecutionException.class, e -> unavailable("too many signatures to check"));
    }

    private Mono<Bearer> verifyNow(String token) {
        if (!denials.mayJudgeControl()) {
            throw unavailable("revocations");
        }
        int generation = parties.now().generation();
        CompactToken compact = CompactToken.parse(token, TokenRules.FEDERATED);
        String issuer = compact.claimedIssuer();
        if (issuer.equals(system.name())) {
            return Mono.just(counting(Bearer.own(system.verify(compact), parties, generation, until())));
        }
        TrustedParties.Party party = parties.now().parties().get(issuer);
        if (party == null) {
            throw TokenRefused.unknownIssuer();
        }
        if (!config.acceptsFederated()) {
            throw TokenRefused.notExchanged();
        }
        return party.keys()
                .verify(compact)
                .map(verified -> counting(Bearer.foreign(verified, parties, generation, until())));
    }

    private Bearer counting(Bearer bearer) {
        if (denials.denies(bearer.marks())) {
            throw TokenRefused.revoked();
        }
        return bearer;
    }

    private long until() {
        return nanoTime.getAsLong() + config.cacheTtl().toNanos();
    }

    private static RuntimeException unavailable(String what) {
        return Failure.UNAVAILABLE.in(Component.ACCESS, "authentication unavailable: " + what);
    }
}
