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
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String TYPES = "urn:ietf:params:oauth:token-type:";
    private static final Set<String> SUBJECT_TYPES = Set.of(TYPES + "id_token", TYPES + "jwt", TYPES + "access_token");
    private static final Set<String> SINGLE =
            Set.of("grant_type", "subject_token", "subject_token_type", "scope", "requested_token_type", "resource");
    private static final String FUNCTION = "function";
    private static final int MOST_AUDIENCES = 32;

    private final IamConfig config;
    private final SystemIssuer system;
    private final TrustedParties parties;
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
            Scheduler scheduler,
            FailureBudget budget,
            AuditTrail audit,
            Clock clock) {
        this.config = config;
        this.system = system;
        this.parties = parties;
        this.scheduler = scheduler;
        this.budget = budget;
        this.audit = audit;
        this.clock = clock;
    }

    /** What was sent, once its form is right. */
    private record Asked(String token, boolean isForFunctions, List<String> audiences) {}

    /** Says no, with a code of the protocol. */
    private static final class No extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String error;

        No(String error, String description) {
            super(description, null, false, false);
            this.error = error;
        }
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
        return Mono.defer(() -> exchange(request, read(request.form())))
                .subscribeOn(scheduler)
                .onErrorResume(No.class, e -> refused(request, e.error, String.valueOf(e.getMessage())))
                .onErrorResume(TokenRefused.class, e -> refused(request, "invalid_request", e.description()))
                .onErrorResume(KeysUnavailable.class, e -> unavailable(String.valueOf(e.getMessage())))
                .onErrorResume(RejectedExecutionException.class, e -> unavailable("too many signatures to check"));
    }

    private Mono<Exchange> exchange(Request request, Asked asked) {
        if (asked.token().length() > config.maxTokenBytes()) {
            throw new No("invalid_request", "subject_token is longer than " + config.maxTokenBytes() + " bytes");
        }
        CompactToken subject = CompactToken.parse(asked.token(), TokenRules.FEDERATED);
        if (subject.claimedIssuer().equals(system.name())) {
            if (!asked.isForFunctions()) {
                throw new No("invalid_request", "a token of this gateway is exchanged for scope=function only");
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

    private Exchange issue(Request request, Asked asked, Bearer bearer, @Nullable Duration lifetime) {
        AccessSet objects = parties.now().objects();
        Collection<String> policies = bearer.policiesNow(objects);
        if (policies.isEmpty()) {
            throw new No(
                    "invalid_request",
                    "No policies found for subject: " + bearer.token().subject());
        }
        Instant now = clock.instant();
        Instant end = now.plus(shorter(lifetime == null ? config.defaultExpiry() : lifetime, config.maxExpiry()));
        boolean isOwn = bearer.policies() != null;
        Instant expires =
                isOwn && bearer.token().expires().isBefore(end) ? bearer.token().expires() : end;
        ObjectNode claims = asked.isForFunctions() ? JsonNodeFactory.instance.objectNode() : kept(bearer.token());
        claims.put("iss", system.name());
        claims.put(
                "sub",
                isOwn ? bearer.token().subject() : "fed:" + bearer.token().subject());
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", expires.getEpochSecond());
        claims.put("jti", UUID.randomUUID().toString());
        if (asked.isForFunctions()) {
            addFunctions(claims, asked, objects.invocable(policies, bearer.claims()));
            claims.put("token_use", FUNCTION);
            if (isOwn) {
                claims.put("fed:api_jti", bearer.token().id());
            }
        } else {
            claims.put("aud", system.name());
            claims.put("fed:iss", bearer.token().issuer());
            claims.put("fed:jti", bearer.token().id());
            claims.put("token_use", Bearer.API);
            policies.forEach(claims.putArray("policy")::add);
        }
        String token = system.sign(claims);
        if (token.length() > config.maxTokenBytes()) {
            throw new No("invalid_request", "the token would be too long: have the issuer leave claims out");
        }
        counters.count(AuthCounters.Result.ALLOWED);
        audit(request, bearer.identity(), AuditTrail.Outcome.ALLOW, String.join(",", policies), 200);
        return new Exchange.Issued(
                token, Math.max(1, Duration.between(now, expires).toSeconds()), asked.isForFunctions() ? FUNCTION : "");
    }

    /** The claims of the subject without those that have a meaning here. */
    private static ObjectNode kept(VerifiedToken subject) {
        ObjectNode claims = subject.claims().deepCopy();
        claims.properties().removeIf(each -> each.getKey().startsWith("fed:"));
        claims.remove(List.of(
                "policy", FUNCTION, "application_claim", "token_use", "nonce", "at_hash", "c_hash", "nbf", "cnf"));
        return claims;
    }

    private void addFunctions(ObjectNode claims, Asked asked, Set<String> permissions) {
        if (permissions.isEmpty()) {
            throw new No("invalid_target", "no policy permits Function:Invoke");
        }
        for (String audience : asked.audiences()) {
            if (!Resources.cover(permissions, audience)) {
                throw new No("invalid_target", "no policy permits Function:Invoke on every function of an audience");
            }
        }
        claims.putArray("aud").add(system.name());
        ObjectNode function = claims.putObject(FUNCTION);
        permissions.forEach(function.putArray("permissions")::add);
        if (!asked.audiences().isEmpty()) {
            asked.audiences().forEach(function.putArray("audience")::add);
        }
    }

    private Asked read(Map<String, List<String>> form) {
        form.forEach((name, values) -> {
            if (SINGLE.contains(name) && values.size() > 1) {
                throw new No("invalid_request", name + " is there twice");
            }
        });
        if (!required(form, "grant_type").equals(GRANT)) {
            throw new No("unsupported_grant_type", "grant_type must be " + GRANT);
        }
        if (form.containsKey("actor_token") || form.containsKey("actor_token_type")) {
            throw new No("invalid_request", "actor_token is not understood");
        }
        if (form.containsKey("resource")) {
            throw new No("invalid_target", "resource is not understood, use audience");
        }
        requireType(required(form, "subject_token_type"), "subject_token_type");
        requireType(
                form.getOrDefault("requested_token_type", List.of(TYPES + "id_token"))
                        .get(0),
                "requested_token_type");
        String scope = form.getOrDefault("scope", List.of("")).get(0);
        if (!scope.isEmpty() && !scope.equals(FUNCTION)) {
            throw new No("invalid_scope", "scope must be function or absent");
        }
        List<String> audiences = form.getOrDefault("audience", List.of());
        if (audiences.size() > MOST_AUDIENCES) {
            throw new No("invalid_request", "audience is there more than " + MOST_AUDIENCES + " times");
        }
        boolean isForFunctions = scope.equals(FUNCTION);
        if (!isForFunctions && !Set.of(system.name()).containsAll(audiences)) {
            throw new No("invalid_target", "without scope=function the audience is this gateway");
        }
        return new Asked(required(form, "subject_token"), isForFunctions, audiences);
    }

    private static void requireType(String type, String field) {
        if (!SUBJECT_TYPES.contains(type)) {
            throw new No("invalid_request", field + " must be " + TYPES + "id_token");
        }
    }

    private static String required(Map<String, List<String>> form, String name) {
        String value = form.getOrDefault(name, List.of("")).get(0);
        if (value.isEmpty()) {
            throw new No("invalid_request", name + " is required");
        }
        return value;
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
