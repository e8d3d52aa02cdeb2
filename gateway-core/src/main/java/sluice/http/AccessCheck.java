package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.AccessGate;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.FunctionName;
import sluice.core.Guard;

/** Asks the gate on behalf of control calls; what takes time is asked away from the event loop. */
final class AccessCheck {
    private static final String AUTH_TOKEN = "X-Auth-Token"; // Scaleway

    private final AccessGate gate;

    AccessCheck(AccessGate gate) {
        this.gate = gate;
    }

    /** Whether a browser says that another site made it send this (Fetch Metadata, Sec-Fetch-Site). */
    static boolean isCrossSite(HttpHeaders headers) {
        return "cross-site".equalsIgnoreCase(headers.get("Sec-Fetch-Site", ""));
    }

    /** Whether the gate wants to know the name of what it is asked about. */
    boolean decidesByName() {
        return gate.decidesByName();
    }

    /** As {@link #decide(HttpServerRequest, Action, String)}; takes the credential from where {@code route} says. */
    Mono<Decision> decide(Route route, HttpServerRequest request, Action action, String namespace, String name) {
        return later(route, request, action, namespace, name).get();
    }

    /** The same question for later, as often as one likes: it needs the request no more. */
    Supplier<Mono<Decision>> later(
            Route route, HttpServerRequest request, Action action, String namespace, String name) {
        HttpHeaders headers = route.isWatched()
                ? SocketHandshake.spelled(request.requestHeaders()) // likewise two, beside another
                : request.requestHeaders();
        if (route.takesAuthToken() && headers.contains(AUTH_TOKEN)) {
            HttpHeaders spelled = headers.copy();
            headers.getAll(AUTH_TOKEN)
                    .forEach(token -> spelled.add(HttpHeaderNames.AUTHORIZATION, "Bearer " + token.strip()));
            headers = spelled; // with another credential beside it there are two, which no gate takes
        }
        AccessGate.Question question =
                new AccessGate.Question(headers, ClientFacts.of(request), action, namespace, name);
        return () -> decided(gate.check(question));
    }

    /** Completes with {@link Decision.Allow} or {@link Decision.Deny}. */
    Mono<Decision> decide(HttpServerRequest request, Action action, String namespace) {
        return decided(gate.check(
                new AccessGate.Question(request.requestHeaders(), ClientFacts.of(request), action, namespace, "")));
    }

    /** May the sender of {@code request} call {@code function}? Completes as {@link #decide} does. */
    Mono<Decision> admit(HttpServerRequest request, FunctionName function, Guard guard) {
        return decided(gate.admit(FieldsHead.of(request.requestHeaders()), ClientFacts.of(request), function, guard));
    }

    private static Mono<Decision> decided(Decision decision) {
        return decision instanceof Decision.Ask ask
                ? ask.answer().subscribeOn(Schedulers.boundedElastic()).flatMap(AccessCheck::decided)
                : Mono.just(decision);
    }
}
