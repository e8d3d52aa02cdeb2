package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.calls.CallJournal;
import sluice.core.calls.FunctionCaller;
import sluice.core.calls.FunctionCaller.CallAnswer;
import sluice.core.calls.FunctionCaller.CallHead;
import sluice.core.calls.OwnUrl;
import sluice.core.calls.Submission;
import sluice.queue.callback.CallbackOutcome.Kind;

/** Takes callbacks that lead to a function of this gateway, without a detour over the network. Thread-safe. */
final class OwnReceiver {
    private static final int MOST_ANSWER_BYTES = 64 * 1024;
    private static final int ACCEPTED = 202;

    private final FunctionCaller functions;
    private final Functions known;
    private final CallJournal journal;
    private final String defaultNamespace;
    private final Duration slotWait;

    OwnReceiver(
            FunctionCaller functions,
            Functions known,
            CallJournal journal,
            String defaultNamespace,
            Duration slotWait) {
        this.functions = functions;
        this.known = known;
        this.journal = journal;
        this.defaultNamespace = defaultNamespace;
        this.slotWait = slotWait;
    }

    /** One attempt; fails as a call of the function, or a submit, does. */
    Mono<CallbackOutcome> deliver(OwnUrl target, Delivery delivery) {
        return Mono.defer(() -> {
            FunctionName function = FunctionName.parse(target.name(), defaultNamespace);
            if (isGuarded(function)) {
                return Mono.just(CallbackOutcome.failed(
                        Kind.REFUSED, "function " + function + " asks for a token, which no callback has"));
            }
            return target.isAsync() ? queue(function, target, delivery) : call(function, target, delivery);
        });
    }

    /** The way inside passes no gate: whoever names a URL at a submit must not call what asks who is calling. */
    private boolean isGuarded(FunctionName function) {
        FunctionStatus status = known.find(function);
        return status != null && Guard.of(status.deployment()) != Guard.NONE;
    }

    /** The wait for a slot has a bound here, the call one of its own, as every call. */
    private Mono<CallbackOutcome> call(FunctionName function, OwnUrl target, Delivery delivery) {
        HttpHeaders fields = delivery.fields().copy().remove("Content-Length");
        CallHead head =
                new CallHead("POST", target.target(), authority(delivery.url()), fields, delivery.length(), null);
        return functions
                .slot(function)
                .timeout(slotWait)
                .flatMap(slot -> functions.call(slot, head, delivery.body()))
                .flatMap(OwnReceiver::read);
    }

    private static Mono<CallbackOutcome> read(CallAnswer answer) {
        return answer.body()
                .map(OwnReceiver::take)
                .scan(0, Integer::sum)
                .takeUntil(read -> read >= MOST_ANSWER_BYTES)
                .then()
                .onErrorComplete()
                .thenReturn(CallbackOutcome.answered(
                        answer.status(), answer.headers().get("Retry-After")));
    }

    private static int take(ByteBuf data) {
        int size = data.readableBytes();
        data.release();
        return size;
    }

    /** Queued under the callback's own id, so that a repeated delivery makes no second call. */
    private Mono<CallbackOutcome> queue(FunctionName function, OwnUrl target, Delivery delivery) {
        if (known.find(function) == null) {
            return Mono.error(Failure.UNKNOWN_FUNCTION.in(Component.QUEUE, "no such function: " + function));
        }
        String rid = delivery.callback().rid().toString();
        HttpHeaders fields = delivery.fields().copy().remove("Content-Length").remove("X-Call-Id");
        for (String signature : Signature.FIELDS) {
            fields.remove(signature); // would be old when the call runs
        }
        Submission call = new Submission(
                function,
                target.name(),
                delivery.callback().record().callId(),
                delivery.callback().record().isCallIdChosen(),
                "POST",
                target.target(),
                fields,
                authority(delivery.url()),
                delivery.length(),
                null,
                "callback-" + rid,
                "sluice-callback",
                null,
                null,
                Map.of(),
                null);
        return journal.submit(call, Flux.defer(delivery::body))
                .map(accepted -> CallbackOutcome.answered(ACCEPTED, null));
    }

    private static String authority(URI url) {
        return url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    }
}
