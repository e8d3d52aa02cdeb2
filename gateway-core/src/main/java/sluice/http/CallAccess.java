package sluice.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.calls.CallRecord;

/**
 * Who may see a call by its id. An id that the gateway made up is the key to its call; one that a client chose can be
 * guessed, so for it the caller must be permitted the action in the function's namespace. What a caller may not see does
 * not exist for him.
 */
final class CallAccess {
    private final AccessCheck access;
    private final boolean hasOpenCallIds;

    CallAccess(AccessCheck access, AsyncConfig config) {
        this.access = access;
        this.hasOpenCallIds = config.hasOpenCallIds();
    }

    /** Those of {@code records} that the sender of {@code request} may see, in the same order. */
    Mono<List<CallRecord>> visible(List<CallRecord> records, HttpServerRequest request, Action action) {
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
