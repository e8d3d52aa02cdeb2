package sluice.access;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.access.privacy.NamespaceTokens;
import sluice.access.privacy.TokenBook;
import sluice.access.revocation.DenyList;
import sluice.access.revocation.TokenMarks;
import sluice.access.token.SystemIssuer;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.Identity;
import sluice.core.calls.FunctionCaller;

/**
 * Calls functions for those who were admitted when the call was taken in. Their own token was checked then and not kept. When
 * it was revoked since, the function is not called; one that asks for a token itself gets a fresh one, good for that function
 * and a minute.
 */
final class AdmittedCaller implements FunctionCaller {
    private static final Duration LIFETIME = Duration.ofSeconds(60);

    private final FunctionCaller caller;
    private final Functions functions;
    private final @Nullable SystemIssuer issuer;
    private final TokenBook book;
    private final DenyList denials;
    private final Scheduler scheduler;
    private final Clock clock;

    /** @param issuer who signs fresh tokens, or null where the gateway gives out none */
    AdmittedCaller(
            FunctionCaller caller,
            Functions functions,
            @Nullable SystemIssuer issuer,
            TokenBook book,
            DenyList denials,
            Scheduler scheduler,
            Clock clock) {
        this.caller = caller;
        this.functions = functions;
        this.issuer = issuer;
        this.book = book;
        this.denials = denials;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    @Override
    public Mono<Slot> slot(FunctionName function) {
        return caller.slot(function);
    }

    @Override
    public Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body) {
        Identity admitted = head.admitted();
        if (admitted == null) {
            return caller.call(slot, head, body);
        }
        FailureException refusal = refusal(admitted, slot.function());
        if (refusal != null) {
            slot.release();
            return Mono.error(refusal);
        }
        SystemIssuer signer = issuer;
        if (signer == null || !asksItself(slot.function())) {
            return caller.call(slot, head, body);
        }
        return Mono.fromCallable(() -> signer.sign(claims(signer.name(), admitted, slot.function())))
                .subscribeOn(scheduler)
                .onErrorMap(
                        RejectedExecutionException.class,
                        e -> Failure.OVERLOADED.in(Component.ACCESS, "too many tokens to sign"))
                .doOnError(e -> slot.release())
                .doOnCancel(slot::release) // of no effect once it is used
                .flatMap(token -> caller.call(slot, with(head, token), body));
    }

    /** Why the call must not be made now, or null. */
    private @Nullable FailureException refusal(Identity admitted, FunctionName function) {
        if (!book.isReady() || !denials.mayJudgeCalls()) {
            return Failure.OVERLOADED.in(Component.ACCESS, "authentication unavailable: revocations");
        }
        return isRevoked(admitted, function)
                ? Failure.NOT_AUTHENTICATED.in(Component.ACCESS, "unauthorized: token revoked")
                : null;
    }

    private boolean isRevoked(Identity admitted, FunctionName function) {
        if (!admitted.mechanism().equals(PrivateBearer.MECHANISM)) {
            return denials.denies(TokenMarks.of(admitted));
        }
        NamespaceTokens tokens = book.find(function.namespace());
        return tokens == null || tokens.isRevoked(admitted, function.name());
    }

    private boolean asksItself(FunctionName function) {
        FunctionStatus status = functions.find(function);
        return status != null && Guard.of(status.deployment()).passesTokenOn();
    }

    private ObjectNode claims(String issuer, Identity admitted, FunctionName function) {
        String resource = function.namespace() + ":" + function.name();
        long now = clock.instant().getEpochSecond();
        ObjectNode claims = JsonNodeFactory.instance.objectNode();
        claims.put("iss", issuer);
        claims.putArray("aud").add(issuer);
        claims.put("sub", admitted.subject());
        claims.put("iat", now);
        claims.put("exp", now + LIFETIME.toSeconds());
        claims.put("jti", UUID.randomUUID().toString());
        claims.put(TokenMarks.ID, admitted.tokenId());
        claims.put(TokenMarks.PARENT, admitted.tokenId());
        claims.put("token_use", "function");
        ObjectNode permitted = claims.putObject("function");
        permitted.putArray("permissions").add(resource);
        permitted.putArray("audience").add(resource);
        return claims;
    }

    private static CallHead with(CallHead head, String token) {
        HttpHeaders headers = head.headers().copy().set(HttpHeaderNames.AUTHORIZATION, "Bearer " + token);
        return new CallHead(head.method(), head.target(), head.host(), headers, head.contentLength(), null);
    }
}
