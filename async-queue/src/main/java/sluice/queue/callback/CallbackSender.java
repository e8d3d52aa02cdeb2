package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.FailureException;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallResult;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.OwnUrl;
import sluice.queue.DueCallback;
import sluice.queue.callback.CallbackOutcome.Kind;

/** Makes one attempt to deliver a callback. Thread-safe. */
final class CallbackSender {
    private final CallbackConfig config;
    private final CallbackPolicy policy;
    private final CallJournal journal;
    private final CallbackFields fields;
    private final SigningKeys keys;
    private final HostLookup hosts;
    private final HttpReceiver http;
    private final OwnReceiver own;
    private final Clock clock;

    CallbackSender(
            CallbackConfig config,
            CallbackPolicy policy,
            CallJournal journal,
            CallbackFields fields,
            SigningKeys keys,
            HostLookup hosts,
            HttpReceiver http,
            OwnReceiver own,
            Clock clock) {
        this.config = config;
        this.policy = policy;
        this.journal = journal;
        this.fields = fields;
        this.keys = keys;
        this.hosts = hosts;
        this.http = http;
        this.own = own;
        this.clock = clock;
    }

    /** Completes with what became of it; never fails. */
    Mono<CallbackOutcome> send(DueCallback callback) {
        return prepared(callback)
                .flatMap(this::dispatch)
                .defaultIfEmpty(CallbackOutcome.failed(Kind.LOST, "the result is not there"))
                .onErrorResume(failure -> Mono.just(outcomeOf(failure)));
    }

    private Mono<Delivery> prepared(DueCallback callback) {
        if (!callback.hasAnswer()) {
            HttpHeaders bare = fields.of(callback, EmptyHttpHeaders.INSTANCE, 0);
            return signed(new Delivery(callback, bare, 0, Flux.empty()), Flux.empty());
        }
        return result(callback).flatMap(result -> {
            HttpHeaders all = fields.of(callback, result.headers(), result.length());
            Flux<ByteBuf> again = result(callback).flatMapMany(CallResult::body);
            return signed(new Delivery(callback, all, result.length(), again), result.body());
        });
    }

    private Mono<CallResult> result(DueCallback callback) {
        return journal.result(callback.rid().toString(), 0, Long.MAX_VALUE);
    }

    /** The body is read once to be signed and once to be sent, so that none of it stays in memory. */
    private Mono<Delivery> signed(Delivery delivery, Flux<ByteBuf> body) {
        CallbackFields.authorize(delivery.fields(), delivery.url());
        return keys.current().flatMap(now -> now.isEmpty() ? Mono.just(delivery) : sign(delivery, now, body));
    }

    private Mono<Delivery> sign(Delivery delivery, List<SigningKey> now, Flux<ByteBuf> body) {
        String id = delivery.callback().rid().toString();
        long seconds = clock.instant().getEpochSecond();
        return Signature.sign(delivery.fields(), now, id, seconds, body).thenReturn(delivery);
    }

    private Mono<CallbackOutcome> dispatch(Delivery delivery) {
        URI url = delivery.url();
        return isOwn(url)
                .flatMap(isOurs ->
                        isOurs ? deliverHere(delivery) : http.deliver(delivery).timeout(config.timeout()));
    }

    /** Whether it is named as this gateway is, or leads to a port of this process on an address of this machine. */
    private Mono<Boolean> isOwn(URI url) {
        if (policy.isOwn(url)) {
            return Mono.just(true);
        }
        return policy.isOwnPort(url)
                ? hosts.find(CallbackPolicy.nameOf(url))
                        .timeout(config.timeout())
                        .map(found -> found.stream().anyMatch(HostLookup.Found::isLocal))
                : Mono.just(false);
    }

    private Mono<CallbackOutcome> deliverHere(Delivery delivery) {
        Optional<OwnUrl> target = OwnUrl.of(delivery.url());
        return target.isPresent()
                ? own.deliver(target.get(), delivery)
                : Mono.just(CallbackOutcome.failed(
                        Kind.REFUSED,
                        "leads to this gateway, which can be called back at /function/ and /async-function/ only"));
    }

    private static CallbackOutcome outcomeOf(Throwable thrown) {
        Throwable failure = Exceptions.unwrap(thrown);
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CheckedResolver.RefusedException) {
                return CallbackOutcome.failed(Kind.REFUSED, String.valueOf(cause.getMessage()));
            }
        }
        if (failure instanceof TimeoutException) {
            return CallbackOutcome.failed(Kind.TIMED_OUT, "no answer within SLUICE_CALLBACK_TIMEOUT");
        }
        if (failure instanceof FailureException || failure instanceof IOException) {
            return CallbackOutcome.failed(Kind.UNREACHABLE, String.valueOf(failure.getMessage()));
        }
        return CallbackOutcome.failed(
                Kind.UNREACHABLE, failure.getClass().getSimpleName() + ": " + failure.getMessage());
    }
}
