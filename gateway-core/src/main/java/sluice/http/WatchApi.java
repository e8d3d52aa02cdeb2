package sluice.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.AccessGate.Decision;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.watch.WatchedFunction;

/**
 * Lists and watches of functions as the Kubernetes API has them, under {@code /apis/openfaas.com/v1}, and the watch of
 * {@code /system/functions}: one JSON event a line, each object with the {@code resourceVersion} to go on from.
 */
final class WatchApi {
    private static final Duration FUTURE_PATIENCE = Duration.ofSeconds(3);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);
    private static final int FIRST_LISTED = 64;

    private final FunctionHistory history;

    WatchApi(FunctionHistory history) {
        this.history = history;
    }

    /** The version from which a watch misses nothing that is not in a list made after this; null while nothing is known. */
    @Nullable String version(String namespace) {
        Long version = history.version(namespace);
        return version == null ? null : Long.toString(version);
    }

    /** {@code /system/functions?watch=true}. */
    Mono<Answer> watchSystem(ApiCall call) {
        return watch(call, call.namespace(), WatchForm.SYSTEM, name -> true, any -> true);
    }

    /** {@code /apis/openfaas.com/v1/namespaces/NS/functions}. */
    Mono<Answer> ofNamespace(ApiCall call) {
        return listOrWatch(call, call.namespace(), any -> true);
    }

    /** {@code /apis/openfaas.com/v1/functions}: of all namespaces, those that the caller may see. */
    Mono<Answer> ofAll(ApiCall call) {
        return Permitted.among(history.namespaces(), call.caller())
                .flatMap(permitted -> listOrWatch(call, "", permitted));
    }

    /** {@code /apis/openfaas.com/v1/namespaces/NS/functions/NAME}; a watch of it is one of the list, by its name. */
    Mono<Answer> one(ApiCall call) {
        if (WatchQuery.isWatch(call.query())) {
            return watch(
                    call,
                    call.namespace(),
                    WatchForm.RESOURCE,
                    name -> name.name().equals(call.name()),
                    any -> true);
        }
        WatchQuery query = WatchQuery.of(call.query());
        return reached(call.namespace(), query.since(), Mono.fromSupplier(() -> described(call)));
    }

    private Answer described(ApiCall call) {
        Selection selection = new Selection(
                call.namespace(), name -> name.name().equals(call.name()), LabelSelector.ALL, any -> true);
        return history.list(selection).functions().stream()
                .findFirst()
                .map(function -> Answer.of(200, "application/json", WatchForm.RESOURCE.object(function)))
                .orElseThrow(() -> Failure.UNKNOWN_FUNCTION.in(
                        Component.GATEWAY, "functions.openfaas.com \"" + call.name() + "\" not found"));
    }

    private Mono<Answer> listOrWatch(ApiCall call, String scope, Predicate<String> permitted) {
        if (WatchQuery.isWatch(call.query())) {
            return watch(call, scope, WatchForm.RESOURCE, name -> true, permitted);
        }
        WatchQuery query = WatchQuery.of(call.query());
        Selection selection = new Selection(scope, Selection.fields(query.fields()), query.labels(), permitted);
        return reached(
                scope,
                query.since(),
                Mono.fromCallable(() -> Answer.of(200, "application/json", list(history.list(selection))))
                        .subscribeOn(Schedulers.boundedElastic())); // thousands of objects
    }

    private static byte[] list(FunctionHistory.Listing listing) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(FIRST_LISTED * 1_024);
        out.writeBytes(("{\"kind\":\"FunctionList\",\"apiVersion\":\"" + KubeFunction.API_VERSION
                        + "\",\"metadata\":{\"resourceVersion\":\"" + listing.version() + "\"},\"items\":[")
                .getBytes(UTF_8));
        boolean isFirst = true;
        for (WatchedFunction function : listing.functions()) {
            if (!isFirst) {
                out.write(',');
            }
            isFirst = false;
            out.writeBytes(WatchForm.RESOURCE.object(function));
        }
        out.writeBytes("]}".getBytes(UTF_8));
        return out.toByteArray();
    }

    private Mono<Answer> watch(
            ApiCall call, String scope, WatchForm form, Predicate<FunctionName> fields, Predicate<String> permitted) {
        if (call.query().has("sendInitialEvents")) {
            throw Failure.UNPROCESSABLE.in( // clients that try it know to list and watch instead
                    Component.GATEWAY, "sendInitialEvents: is forbidden: list, and watch from the version of the list");
        }
        WatchQuery query = WatchQuery.of(call.query());
        Selection selection =
                new Selection(scope, fields.and(Selection.fields(query.fields())), query.labels(), permitted);
        Mono<Answer> stream = Mono.fromSupplier(() -> {
            var unused = history.require(scope);
            return Answer.watch(
                    lines(call, selection, form, query), history.config().ping());
        });
        return reached(scope, query.since(), stream);
    }

    private Flux<byte[]> lines(ApiCall call, Selection selection, WatchForm form, WatchQuery query) {
        return Flux.defer(() -> {
            Watcher watcher = new Watcher(selection, form, history.config().queue());
            history.open(watcher, query.since());
            Disposable.Composite clocks = Disposables.composite();
            if (query.withBookmarks()) {
                clocks.add(Flux.interval(history.config().bookmarks()).subscribe(tick -> history.bookmark(watcher)));
            }
            clocks.add(Mono.delay(query.life()).subscribe(now -> {
                watcher.endedFor(Watcher.Reason.TIMEOUT);
                if (query.withBookmarks()) {
                    history.bookmark(watcher);
                }
                watcher.complete();
            }));
            clocks.add(Mono.delay(query.life().plus(LAST_WORDS)).subscribe(now -> watcher.cut()));
            return watcher.lines()
                    .takeUntilOther(lost(call, selection).doOnError(e -> watcher.endedFor(Watcher.Reason.DENIED)))
                    .doFinally(end -> {
                        clocks.dispose();
                        history.close(watcher);
                    });
        });
    }

    /** Fails once the caller may no longer see what is told, or their proof of who they are has run out. */
    private Mono<Void> lost(ApiCall call, Selection selection) {
        Mono<Void> denied = Flux.interval(history.config().recheck())
                .onBackpressureDrop()
                .concatMap(tick -> call.again().get(), 0)
                .concatMap(decision -> stillPermitted(decision, selection), 0)
                .then();
        Instant expires = call.caller().identity().expires();
        if (expires == null) {
            return denied;
        }
        Mono<Void> expired = Mono.delay(Duration.between(Instant.now(), expires))
                .then(Mono.error(
                        Failure.NOT_AUTHENTICATED.in(Component.ACCESS, "what proved who the caller is has expired")));
        return Mono.firstWithSignal(denied, expired);
    }

    private static Mono<Void> stillPermitted(Decision decision, Selection selection) {
        if (decision instanceof Decision.Deny deny) {
            return Mono.error(deny.reason());
        }
        Mono<Boolean> isSame = selection.permitted() instanceof Permitted permitted
                ? permitted.isSameFor((Decision.Allow) decision)
                : Mono.just(true);
        return isSame.filter(same -> !same)
                .flatMap(changed -> Mono.error(
                        Failure.NOT_PERMITTED.in(Component.ACCESS, "the caller may see other namespaces now")));
    }

    /** Waits a little for a version that is not known yet: another gateway may have told it. */
    private Mono<Answer> reached(String scope, long since, Mono<Answer> answer) {
        if (since < 0) {
            return answer;
        }
        return history.await(scope, since)
                .timeout(FUTURE_PATIENCE)
                .then(answer)
                .onErrorResume(
                        TimeoutException.class,
                        e -> Mono.just(Answer.json(
                                504, KubeStatus.of("Timeout", 504, "Too large resource version: " + since))));
    }
}
