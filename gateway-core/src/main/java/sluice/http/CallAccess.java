package sluice.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.calls.CallRecord;

/**
 * Who may see a call by its id. An id that the gateway made up is the key to its call; one that a client chose can be
 * guessed, so for it the caller must be permitted the action in the function's namespace. What a caller may not see does
 * not exist for him.
 */
final class CallAccess {
    private final AccessCheck access;
    private final Functions functions;
    private final boolean hasOpenCallIds;

    CallAccess(AccessCheck access, Functions functions, AsyncConfig config) {
        this.access = access;
        this.functions = functions;
        this.hasOpenCallIds = config.hasOpenCallIds();
    }

    /** Those of {@code records} that the sender of {@code request} may see, in the same order. */
    Mono<List<CallRecord>> visible(List<CallRecord> records, HttpServerRequest request, Action action) {
        return Flux.fromIterable(records)
                .filterWhen(record -> mayCall(record, request, action))
                .collectList()
                .flatMap(admitted -> named(admitted, request, action));
    }

    /** Whose function asks who is calling, asks it here too; who may see all calls of its namespace need not say. */
    private Mono<Boolean> mayCall(CallRecord record, HttpServerRequest request, Action action) {
        FunctionStatus status = functions.find(record.function());
        Guard guard = status == null ? Guard.NONE : Guard.of(status.deployment());
        if (guard == Guard.NONE) {
            return Mono.just(true);
        }
        return access.admit(request, record.function(), guard)
                .map(AccessGate.Decision.Allow.class::isInstance)
                .flatMap(mayCall -> mayCall
                        ? Mono.just(true)
                        : access.decide(request, action, record.function().namespace())
                                .map(AccessGate.Decision.Allow.class::isInstance));
    }

    private Mono<List<CallRecord>> named(List<CallRecord> records, HttpServerRequest request, Action action) {
        List<String> guarded = records.stream()
                .filter(this::isGuarded)
                .map(record -> record.function().namespace())
                .distinct()
                .toList();
        if (guarded.isEmpty()) {
            return Mono.just(records);
        }
        if (action == Action.CALL_CANCEL && AccessCheck.isCrossSite(request.requestHeaders())) {
            return Mono.just(records.stream().filter(r -> !isGuarded(r)).toList());
        }
        return Flux.fromIterable(guarded)
                .concatMap(namespace -> access.decide(request, action, namespace)
                        .map(decision -> Map.entry(namespace, decision instanceof AccessGate.Decision.Allow)))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue, HashMap::new)
                .map(allowed -> records.stream()
                        .filter(r -> !isGuarded(r)
                                || allowed.getOrDefault(r.function().namespace(), false))
                        .toList());
    }

    private boolean isGuarded(CallRecord record) {
        return record.isCallIdChosen() && !hasOpenCallIds;
    }
}
