package sluice.access;

import java.util.List;
import reactor.core.publisher.Mono;
import sluice.access.AuthCounters.Result;
import sluice.core.AccessGate;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Identity;
import sluice.core.Rights;

/** What becomes of somebody who is known, by what he may. */
final class Verdicts {
    private Verdicts() {}

    /** May he, as rights say that are known at once? */
    static Decision of(
            Identity identity, Rights rights, AuthCounters counters, Action action, String namespace, String function) {
        String grant = action == Action.CONSOLE ? "*" : rights.grant(action, namespace, function);
        return grant == null
                ? refused(
                        "insufficient permissions: " + action.policyName() + " on " + resource(namespace, function),
                        identity,
                        counters)
                : allowed(identity, rights, grant, counters);
    }

    static Decision allowed(Identity identity, Rights rights, String grant, AuthCounters counters) {
        counters.count(Result.ALLOWED);
        return new Decision.Allow(identity, rights, grant);
    }

    static Decision refused(String text, Identity identity, AuthCounters counters) {
        counters.count(Result.NOT_PERMITTED);
        return new Decision.Deny(Failure.NOT_PERMITTED.in(Component.ACCESS, text), List.of(), 0, identity);
    }

    /** One that may have to be asked for, as an answer that comes. */
    static Mono<Decision> settled(Decision decision) {
        return decision instanceof Decision.Ask ask ? ask.answer() : Mono.just(decision);
    }

    private static String resource(String namespace, String function) {
        return switch (namespace) {
            case AccessGate.CLUSTER -> namespace;
            case AccessGate.ANYWHERE -> "any namespace";
            default -> namespace + ":" + (function.isEmpty() ? "*" : function);
        };
    }
}
