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
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.access.token.SystemIssuer;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.Identity;
import sluice.core.calls.FunctionCaller;

/**
 * Calls functions for those who were admitted when the call was taken in. Their own token was checked then and not kept;
 * a function that asks for one itself gets a fresh one, good for that function and a minute.
 */
final class AdmittedCaller implements FunctionCaller {
    private static final Duration LIFETIME = Duration.ofSeconds(60);

    private final FunctionCaller caller;
    private final Functions functions;
    private final SystemIssuer issuer;
    private final Scheduler scheduler;
    private final Clock clock;

    AdmittedCaller(FunctionCaller caller, Functions functions, SystemIssuer issuer, Scheduler scheduler, Clock clock) {
        this.caller = caller;
        this.functions = functions;
        this.issuer = issuer;
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
        if (admitted == null || !asksItself(slot.function())) {
            return caller.call(slot, head, body);
        }
        return Mono.fromCallable(() -> issuer.sign(claims(admitted, slot.function())))
                .subscribeOn(scheduler)
                .onErrorMap(
                        RejectedExecutionException.class,
                        e -> Failure.OVERLOADED.in(Component.ACCESS, "too many tokens to sign"))
                .doOnError(e -> slot.release())
                .doOnCancel(slot::release) // of no effect once it is used
                .flatMap(token -> caller.call(slot, with(head, token), body));
    }

    private boolean asksItself(FunctionName function) {
        FunctionStatus status = functions.find(function);
        return status != null && Guard.of(status.deployment()).passesTokenOn();
    }

    private ObjectNode claims(Identity admitted, FunctionName function) {
        String resource = function.namespace() + ":" + function.name();
        long now = clock.instant().getEpochSecond();
        ObjectNode claims = JsonNodeFactory.instance.objectNode();
        claims.put("iss", issuer.name());
        claims.putArray("aud").add(issuer.name());
        claims.put("sub", admitted.subject());
        claims.put("iat", now);
        claims.put("exp", now + LIFETIME.toSeconds());
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("fed:jti", admitted.tokenId());
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
