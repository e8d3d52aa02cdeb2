package sluice.access;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.access.policy.AccessSet;
import sluice.access.policy.Resources;
import sluice.access.revocation.DenyList;
import sluice.access.revocation.TokenMarks;
import sluice.access.token.CompactToken;
import sluice.access.token.KeysUnavailable;
import sluice.access.token.SystemIssuer;
import sluice.access.token.TokenRefused;
import sluice.access.token.TokenRules;
import sluice.access.token.VerifiedToken;
import sluice.core.AuditTrail;
import sluice.core.Failure;
import sluice.core.Identity;
import sluice.core.TokenDesk;

/**
 * Gives a token of the gateway for one of an issuer it trusts (RFC 8693): one for /system with the names of the holder's
 * policies, or, with {@code scope=function}, one that says which functions may be called with it. What an issuer lets
 * its users write into their tokens never becomes a right: our claims are added after theirs of the same names are
 * dropped. Thread-safe; works on a scheduler of its own.
 */
final class TokenExchange implements TokenDesk {
    private static final String FUNCTION = "function";

    private final IamConfig config;
    private final SystemIssuer system;
    private final TrustedParties parties;
    private final DenyList denials;
    private final Scheduler scheduler;
    private final FailureBudget budget;
    private final AuditTrail audit;
    private final AuthCounters counters = new AuthCounters("exchange");
    private final Clock clock;

    /** @param budget spent by every request, whatever comes of it */
    TokenExchange(
            IamConfig config,
            SystemIssuer system,
            TrustedParties parties,
            DenyList denials,
            Scheduler scheduler,
            FailureBudget budget,
            AuditTrail audit,
            Clock clock) {
        this.config = config;
        this.system = system;
        this.parties = parties;
        this.denials = denials;
        this.scheduler = scheduler;
        this.budget = budget;
        this.audit = audit;
        this.clock = clock;
    }

    AuthCounters counters() {
        return counters;
    }

    @Override
    public String issuer() {
        return system.name();
    }

    @Override
    public Map<String, Object> keySet() {
        return system.keySet();
    }

    @Override
    public Mono<Exchange> exchange(Request request) {
        int wait = budget.waitSeconds(request.peer());
        if (wait > 0) {
            counters.count(AuthCounters.Result.THROTTLED);
            return Mono.just(new Exchange.Refused(Failure.OVERLOADED, "slow_down", "too many requests", wait));
        }
        budget.spend(request.peer());
        return Mono.defer(() -> exchange(request, ExchangeForm.read(request.form(), system.name())))
                .subscribeOn(scheduler)
                .onErrorResume(ExchangeForm.No.class, e -> refused(request, e.error(), String.valueOf(e.getMessage())))
                .onErrorResume(TokenRefused.class, e -> refused(request, "invalid_request", e.description()))
                .onErrorResume(KeysUnavailable.class, e -> unavailable(String.valueOf(e.getMessage())))
                .onErrorResume(RejectedExecutionException.class, e -> unavailable("too many signatures to check"));
    }

    private Mono<Exchange> exchange(Request request, ExchangeForm asked) {
        if (!denials.mayJudgeControl()) {
            return unavailable("it is not known now which tokens are revoked");
        }
        if (asked.token().length() > config.maxTokenBytes()) {
            throw new ExchangeForm.No(
                    "invalid_request", "subject_token is longer than " + config.maxTokenBytes() + " bytes");
        }
        CompactToken subject = CompactToken.parse(asked.token(), TokenRules.FEDERATED);
        if (subject.claimedIssuer().equals(system.name())) {
            if (!asked.isForFunctions()) {
                throw new ExchangeForm.No(
                        "invalid_request", "a token of this gateway is exchanged for scope=function only");
            }
            Bearer bearer = Bearer.own(system.verify(subject), parties, 0, 0);
            return Mono.just(issue(request, asked, bearer, null));
        }
        TrustedParties.Party party = parties.now().parties().get(subject.claimedIssuer());
        if (party == null) {
            throw TokenRefused.unknownIssuer();
        }
        return party.keys()
                .verify(subject)
                .map(token -> issue(
                        request,
                        asked,
                        Bearer.foreign(token, parties, 0, 0),
                        party.object().tokenExpiry()));
    }

    private Exchange issue(Request request, ExchangeForm asked, Bearer bearer, @Nullable Duration lifetime) {
        if (denials.denies(bearer.marks())) {
            throw TokenRefused.revoked();
        }
        AccessSet objects = parties.now().objects();
        Collection<String> policies = bearer.policiesNow(objects);
        if (policies.isEmpty()) {
            throw new ExchangeForm.No(
                    "invalid_request",
                    "No policies found for subject: " + bearer.token().subject());
        }
        Instant now = issuedAt(bearer);
        Instant end = now.plus(shorter(lifetime == null ? config.defaultExpiry() : lifetime, config.maxExpiry()));
        boolean isOwn = bearer.policies() != null;
        Instant expires =
                isOwn && bearer.token().expires().isBefore(end) ? bearer.token().expires() : end;
        ObjectNode claims = claims(bearer, asked);
        if (asked.isForFunctions()) {
            addFunctions(claims, asked, objects.invocable(policies, bearer.claims()));
        } else {
            claims.put("aud", system.name());
            policies.forEach(claims.putArray("policy")::add);
        }
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", expires.getEpochSecond());
        String token = system.sign(claims);
        if (token.length() > config.maxTokenBytes()) {
            throw new ExchangeForm.No(
                    "invalid_request", "the token would be too long: have the issuer leave claims out");
        }
        counters.count(AuthCounters.Result.ALLOWED);
        audit(request, bearer.identity(), AuditTrail.Outcome.ALLOW, String.join(",", policies), 200);
        return new Exchange.Issued(
                token, Math.max(1, Duration.between(now, expires).toSeconds()), asked.isForFunctions() ? FUNCTION : "");
    }

    /** Now; but after whatever made all earlier tokens of this holder worthless, within the same second too. */
    private Instant issuedAt(Bearer bearer) {
        Instant now = clock.instant();
        long until = Math.max(denials.until(bearer.marks()), denials.until(system.name(), subject(bearer)));
        return until >= now.getEpochSecond() ? Instant.ofEpochSecond(until + 1) : now;
    }

    private static String subject(Bearer bearer) {
        String subject = bearer.token().subject();
        return bearer.policies() == null ? "fed:" + subject : subject;
    }

    /** Who he is, here and where he comes from, and of which token this one is made: by all that it can be revoked. */
    private ObjectNode claims(Bearer bearer, ExchangeForm asked) {
        VerifiedToken subject = bearer.token();
        boolean isOwn = bearer.policies() != null;
        ObjectNode claims = asked.isForFunctions() ? JsonNodeFactory.instance.objectNode() : kept(subject);
        claims.put("iss", system.name());
        claims.put("sub", subject(bearer));
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("token_use", asked.isForFunctions() ? FUNCTION : Bearer.API);
        claims.put(TokenMarks.ISSUER, isOwn ? bearer.identity().originalIssuer() : subject.issuer());
        claims.put(TokenMarks.ID, isOwn ? subject.claims().path(TokenMarks.ID).asText("") : subject.id());
        if (isOwn) {
            claims.put(TokenMarks.PARENT, subject.id());
        }
        return claims;
    }

    /** The claims of the subject without those that have a meaning here. */
    private static ObjectNode kept(VerifiedToken subject) {
        ObjectNode claims = subject.claims().deepCopy();
        claims.properties().removeIf(each -> each.getKey().startsWith("fed:"));
        claims.remove(List.of(
                "policy", FUNCTION, "application_claim", "token_use", "nonce", "at_hash", "c_hash", "nbf", "cnf"));
        return claims;
    }

    private void addFunctions(ObjectNode claims, ExchangeForm asked, Set<String> permissions) {
        if (permissions.isEmpty()) {
            throw new ExchangeForm.No("invalid_target", "no policy permits Function:Invoke");
        }
        for (String audience : asked.audiences()) {
            if (!Resources.cover(permissions, audience)) {
                throw new ExchangeForm.No(
                        "invalid_target", "no policy permits Function:Invoke on every function of an audience");
            }
        }
        claims.putArray("aud").add(system.name());
        ObjectNode function = claims.putObject(FUNCTION);
        permissions.forEach(function.putArray("permissions")::add);
        if (!asked.audiences().isEmpty()) {
            asked.audiences().forEach(function.putArray("audience")::add);
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private Mono<Exchange> refused(Request request, String error, String description) {
        counters.count(AuthCounters.Result.REFUSED);
        audit(request, Identity.of("", ""), AuditTrail.Outcome.DENY, description, 400);
        return Mono.just(new Exchange.Refused(Failure.INVALID_REQUEST, error, description, 0));
    }

    private Mono<Exchange> unavailable(String description) {
        counters.count(AuthCounters.Result.UNAVAILABLE);
        return Mono.just(new Exchange.Refused(Failure.UNAVAILABLE, "temporarily_unavailable", description, 5));
    }

    private void audit(Request request, Identity identity, AuditTrail.Outcome outcome, String reason, int status) {
        Instant now = clock.instant();
        audit.record(new AuditTrail.Event(
                identity,
                "Token:Exchange",
                "*",
                outcome,
                reason,
                "POST",
                "/oauth/token",
                status,
                request.peer(),
                request.callId(),
                now,
                Duration.ZERO));
    }
}
