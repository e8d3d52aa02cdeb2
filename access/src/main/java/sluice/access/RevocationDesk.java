package sluice.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.access.revocation.DenyList;
import sluice.access.revocation.TokenMarks;
import sluice.access.token.CompactToken;
import sluice.access.token.SystemIssuer;
import sluice.access.token.TokenRefused;
import sluice.access.token.VerifiedToken;
import sluice.core.AuditTrail;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Identity;
import sluice.core.Revocations;
import sluice.core.TokenDesk;
import sluice.core.TokenDesk.Exchange;

/**
 * Takes tokens back: the one that somebody holds, or, for those who may, any, all of a subject, and certificates. Thread-safe;
 * checks signatures on a scheduler of its own.
 */
final class RevocationDesk implements Revocations {
    private static final Duration LONGEST_CERTIFICATE = Duration.ofDays(3_660);
    private static final String FINGERPRINT = "[0-9a-f]{64}";
    private static final int RETRY_SECONDS = 5;

    private final DenyList denials;
    private final @Nullable SystemIssuer system;
    private final IamConfig config;
    private final Scheduler scheduler;
    private final FailureBudget budget;
    private final AuditTrail audit;
    private final AuthCounters counters = new AuthCounters("revoke");
    private final Clock clock;

    /**
     * A desk.
     *
     * @param system whose tokens their holders may take back, or null where there are none
     * @param budget spent by what is sent in vain, so that nobody has signatures checked for nothing
     */
    RevocationDesk(
            DenyList denials,
            @Nullable SystemIssuer system,
            IamConfig config,
            Scheduler scheduler,
            FailureBudget budget,
            AuditTrail audit,
            Clock clock) {
        this.denials = denials;
        this.system = system;
        this.config = config;
        this.scheduler = scheduler;
        this.budget = budget;
        this.audit = audit;
        this.clock = clock;
    }

    AuthCounters counters() {
        return counters;
    }

    @Override
    public Mono<Exchange> revoke(TokenDesk.Request request) {
        int wait = budget.waitSeconds(request.peer());
        if (wait > 0) {
            counters.count(AuthCounters.Result.THROTTLED);
            return Mono.just(new Exchange.Refused(Failure.OVERLOADED, "slow_down", "too many requests", wait));
        }
        List<String> sent = request.form().getOrDefault("token", List.of());
        if (sent.size() != 1 || sent.get(0).isEmpty()) {
            budget.spend(request.peer());
            counters.count(AuthCounters.Result.AMBIGUOUS);
            String what = sent.size() > 1 ? "token is there twice" : "token is required";
            return Mono.just(new Exchange.Refused(Failure.INVALID_REQUEST, "invalid_request", what, 0));
        }
        return Mono.defer(() -> revoke(request, sent.get(0)))
                .subscribeOn(scheduler)
                .onErrorResume(FailureException.class, e -> Mono.just(unavailable(e.text())))
                .onErrorResume(
                        RejectedExecutionException.class, e -> Mono.just(unavailable("too many signatures to check")));
    }

    private Mono<Exchange> revoke(TokenDesk.Request request, String text) {
        VerifiedToken token = verified(text);
        if (token == null || denials.denies(TokenMarks.of(token))) {
            budget.spend(request.peer());
            counters.count(AuthCounters.Result.REFUSED);
            return Mono.just(new Exchange.Revoked());
        }
        Asked asked = new Asked(Kind.TOKEN, token.issuer(), token.id(), null, "by its holder");
        Instant ends = token.expires().plus(config.ownSkew());
        return denials.add(asked, clock.instant(), ends, token.subject())
                .doOnSuccess(entry -> {
                    counters.count(AuthCounters.Result.ALLOWED);
                    note(request, token);
                })
                .thenReturn(new Exchange.Revoked());
    }

    /** A token of this gateway, or null: of no other anything is known. */
    private @Nullable VerifiedToken verified(String text) {
        if (system == null || text.length() > config.maxTokenBytes()) {
            return null;
        }
        try {
            CompactToken compact = CompactToken.parse(text, SystemIssuer.algorithms());
            return compact.claimedIssuer().equals(system.name()) ? system.verify(compact) : null;
        } catch (TokenRefused e) {
            return null;
        }
    }

    private Exchange unavailable(String description) {
        counters.count(AuthCounters.Result.UNAVAILABLE);
        return new Exchange.Refused(Failure.UNAVAILABLE, "temporarily_unavailable", description, RETRY_SECONDS);
    }

    private void note(TokenDesk.Request request, VerifiedToken token) {
        Identity holder = Bearer.identity(
                "token", token, token.claims().path(TokenMarks.ISSUER).asText(""), "");
        audit.record(new AuditTrail.Event(
                holder,
                "Token:Revoke",
                "*:" + token.id(),
                AuditTrail.Outcome.ALLOW,
                "its holder",
                "POST",
                "/oauth/revoke",
                200,
                request.peer(),
                request.callId(),
                clock.instant(),
                Duration.ZERO));
    }

    @Override
    public Mono<Entry> add(Asked asked, String by) {
        return Mono.defer(() -> {
            Instant now = clock.instant();
            return denials.add(checked(asked, now), now, ends(asked.kind(), now), by);
        });
    }

    private Asked checked(Asked asked, Instant now) {
        Instant until = asked.until();
        if (until != null && until.isAfter(now)) {
            throw invalid("not_before: must not be in the future");
        }
        if (asked.kind() == Kind.CERTIFICATE) {
            String digest = asked.value().replace(":", "").toLowerCase(Locale.ROOT);
            if (!digest.matches(FINGERPRINT)) {
                throw invalid("sha256: must be the SHA-256 of a certificate, 64 hex digits");
            }
            return new Asked(asked.kind(), "", digest, null, asked.reason());
        }
        if (!asked.issuer().isEmpty()) {
            return asked;
        }
        if (system == null) {
            throw invalid("issuer: must be there, since this gateway gives out no tokens");
        }
        return new Asked(asked.kind(), system.name(), asked.value(), until, asked.reason());
    }

    /** When the last token that could have been given out until now has ended. */
    private Instant ends(Kind kind, Instant now) {
        if (kind == Kind.CERTIFICATE) {
            return now.plus(LONGEST_CERTIFICATE);
        }
        boolean isLonger = config.maxSubjectLifetime().compareTo(config.maxExpiry()) > 0;
        return now.plus(isLonger ? config.maxSubjectLifetime() : config.maxExpiry())
                .plus(config.skew())
                .plus(config.ownSkew());
    }

    @Override
    public List<Entry> list() {
        return denials.entries();
    }

    @Override
    public Mono<Void> lift(String id) {
        return Mono.defer(() -> {
            Entry entry = denials.find(id);
            if (entry == null) {
                throw Failure.NOT_FOUND.in(Component.ACCESS, "there is no revocation of this id");
            }
            if (entry.kind() != Kind.SUBJECT) {
                throw Failure.CONFLICT.in(Component.ACCESS, "what is revoked one by one stays so");
            }
            return denials.drop(id);
        });
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.ACCESS, "validation failed: " + text);
    }
}
