package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import sluice.core.AccessGate;
import sluice.core.AccessGate.Decision;
import sluice.core.AccessGate.Decision.Allow;
import sluice.core.AccessGate.Decision.Deny;
import sluice.core.Action;
import sluice.core.AuditTrail;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionProvider;
import sluice.core.Functions;
import sluice.core.HeapPressure;
import sluice.core.InvocationCounts;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.TokenDesks;
import sluice.core.VersionInfo;

/**
 * The control plane: turns a request into its answer. In this order: route, origin, credentials, body, permission in
 * the namespace that the body names, handler. Thread-safe.
 */
public final class ControlPlane implements MetricSource {
    private static final int CLIENT_LEFT = 499; // nginx's word for it; never sent, only counted
    private static final Duration RECHECK = Duration.ofSeconds(30);

    private final Router router;
    private final AccessCheck access;
    private final AuditTrail audit;
    private final String defaultNamespace;
    private final @Nullable AsyncApi async;
    private final Duration stall;
    private final Set<String> origins;
    private final Duration recheck;
    private final ApiMetrics metrics = new ApiMetrics();
    private final Drain drain = new Drain();
    private final Followers followers = new Followers();
    private volatile MetricSource server = () -> Mono.just(List.of());
    private volatile HeapPressure heap = HeapPressure.NONE;

    /**
     * Answers for {@code provider}; names that say no namespace are in {@code defaultNamespace}.
     *
     * @param functions what exists
     * @param counts what lists show as invocation counts
     */
    public ControlPlane(
            FunctionProvider provider,
            Functions functions,
            InvocationCounts counts,
            AccessGate gate,
            VersionInfo version,
            String defaultNamespace) {
        this(provider, functions, counts, gate, version, defaultNamespace, null);
    }

    /** As the other constructor, with asynchronous calls, if there are any. */
    public ControlPlane(
            FunctionProvider provider,
            Functions functions,
            InvocationCounts counts,
            AccessGate gate,
            VersionInfo version,
            String defaultNamespace,
            @Nullable AsyncCalls calls) {
        this(provider, functions, counts, gate, version, defaultNamespace, calls, TokenDesks.NONE, null);
    }

    /**
     * As the other constructor, with asynchronous calls and tokens.
     *
     * @param calls who keeps them, or null for none: then their paths are not found
     * @param desks where tokens are given out and taken back; likewise
     * @param history what lists and watches of the Kubernetes API are answered from, or null; likewise
     */
    public ControlPlane(
            FunctionProvider provider,
            Functions functions,
            InvocationCounts counts,
            AccessGate gate,
            VersionInfo version,
            String defaultNamespace,
            @Nullable AsyncCalls calls,
            TokenDesks desks,
            @Nullable FunctionHistory history) {
        this.access = new AccessCheck(gate);
        this.audit = gate.audit();
        this.defaultNamespace = defaultNamespace;
        this.async =
                calls == null ? null : new AsyncApi(calls, functions, gate, access, version, drain, defaultNamespace);
        this.stall = calls == null ? Duration.ofSeconds(30) : calls.config().writeStall();
        this.origins = history == null ? Set.of() : history.config().origins();
        this.recheck = history == null ? RECHECK : history.config().recheck();
        WatchApi watch = history == null ? null : new WatchApi(history);
        this.router = new Router(ApiRoutes.of(
                new FunctionsApi(provider, watch, counts),
                watch,
                new KubeApi(version),
                new SecretsApi(provider),
                new LogsApi(provider),
                new NamespacesApi(provider, desks.privateTokens()),
                new InfoApi(provider, version),
                new AlertApi(provider),
                new HealthApi(drain::isAnnounced),
                new SiteApi(),
                calls == null ? null : new CallsApi(calls.journal()),
                TokenRoutes.of(desks, functions, provider)));
    }

    /** Refuses from now on what {@code pressure} does not allow; without it, nothing is refused for want of memory. */
    public void heed(HeapPressure pressure) {
        heap = pressure;
        if (async != null) {
            async.heed(pressure);
        }
    }

    /** The API table. */
    List<Route> routes() {
        return router.routes();
    }

    /** Also collects {@code source}, the server's own counts, from now on. */
    void counts(MetricSource source) {
        server = source;
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        Mono<List<MetricFamily>> ofCalls = async == null ? Mono.empty() : async.collect();
        return Flux.concat(metrics.collect(), server.collect(), ofCalls)
                .flatMapIterable(families -> families)
                .collectList();
    }

    /**
     * Answers one request; completes when the answer has been written.
     *
     * @param isForCallers whether it came by a port where nothing is but what callers of functions need
     */
    Mono<Void> answer(HttpServerRequest request, HttpServerResponse response, HttpConfig config, boolean isForCallers) {
        return drain.track(Mono.defer(() -> {
            long start = System.nanoTime();
            AtomicInteger status = new AtomicInteger(CLIENT_LEFT);
            AtomicReference<@Nullable String> follower = new AtomicReference<>();
            String method = request.method().name();
            AuditNote note = new AuditNote(request);
            AsyncApi.Asked asked = asked(request, config, note, isForCallers);
            return Mono.defer(asked.answer())
                    .onErrorResume(e -> Mono.just(refused(ErrorResponses.of(e, request.requestHeaders()), e, request)))
                    .map(answer -> bounded(answer, request, config, follower))
                    .map(answer -> ErrorResponses.named(answer, request.requestHeaders()))
                    .doOnNext(answer -> status.set(answer.status()))
                    .doOnNext(note::answered)
                    .flatMap(answer -> Sending.send(answer, request, response, drain, config, stall))
                    .doFinally(end -> {
                        metrics.record(method, asked.pattern(), status.get(), System.nanoTime() - start);
                        note.end(audit, status.get());
                        leave(follower.getAndSet(null));
                    });
        }));
    }

    /** From now on {@code /healthz} says that requests had better go elsewhere. */
    void announceStop() {
        drain.announce();
    }

    /** Ends what follows, lets the rest finish; completes when nothing runs any more, or after {@code bound}. */
    Mono<Void> drain(Duration bound) {
        return drain.begin(bound);
    }

    private AsyncApi.Asked asked(HttpServerRequest request, HttpConfig config, AuditNote note, boolean isForCallers) {
        AsyncApi.Asked asynchronous = async == null ? null : async.asked(request);
        AsyncApi.Asked asked = asynchronous == null ? inTable(request, config, note, isForCallers) : asynchronous;
        return heap.level() == HeapPressure.Level.CRITICAL && !asked.pattern().equals(HealthApi.PATH)
                ? new AsyncApi.Asked(
                        asked.pattern(),
                        () -> Mono.error(Failure.UNAVAILABLE.in(
                                Component.GATEWAY, "the heap is nearly full (SLUICE_HEAP_CRITICAL)")))
                : asked;
    }

    private AsyncApi.Asked inTable(HttpServerRequest request, HttpConfig config, AuditNote note, boolean isForCallers) {
        Router.Outcome outcome = seen(router.route(request.method().name(), request.uri()), isForCallers);
        return new AsyncApi.Asked(pattern(outcome), () -> reply(outcome, request, config, note));
    }

    /** Where there are callers only, what is not for them is not there. */
    private static Router.Outcome seen(Router.Outcome outcome, boolean isForCallers) {
        boolean isThere = !isForCallers
                || outcome instanceof Router.Outcome.Moved
                || (outcome instanceof Router.Outcome.Found found
                        && found.route().isForCallers());
        return isThere
                ? outcome
                : new Router.Outcome.Refused(Failure.NOT_FOUND.in(Component.GATEWAY, "404 page not found"));
    }

    private Mono<Answer> reply(Router.Outcome outcome, HttpServerRequest request, HttpConfig config, AuditNote note) {
        if (outcome instanceof Router.Outcome.Found found) {
            return enter(found, request, config, note);
        }
        if (outcome instanceof Router.Outcome.Moved moved) {
            return Mono.just(Answer.empty(301).with(HttpHeaderNames.LOCATION, moved.location()));
        }
        return Mono.error(((Router.Outcome.Refused) outcome).reason());
    }

    private Mono<Answer> enter(
            Router.Outcome.Found found, HttpServerRequest request, HttpConfig config, AuditNote note) {
        Route route = found.route();
        ApiCall head = new ApiCall(
                found.name(), found.query(), route.complaint(), defaultNamespace, ApiCall.Source.of(request));
        if (route.isWatched() && SocketHandshake.isAsked(request.requestHeaders())) {
            Answer refusal = SocketHandshake.refusal(request.requestHeaders(), origins);
            if (refusal != null) {
                return Mono.just(refusal);
            }
        }
        Action action = route.access().action();
        if (action == null) {
            return RequestBody.read(request, route, config)
                    .flatMap(body -> route.handler().handle(head.withBody(body)));
        }
        String presumed = route.access().namespace().apply(head);
        note.asks(action, presumed, head);
        if (route.isMutating() && AccessCheck.isCrossSite(request.requestHeaders())) {
            FailureException refusal = Failure.NOT_PERMITTED.in(Component.ACCESS, "cross-site requests are refused");
            note.refused(refusal);
            return Mono.error(refusal);
        }
        String presumedName = access.decidesByName() ? route.access().name().apply(head) : "";
        return access.decide(route, request, action, presumed, presumedName)
                .doOnNext(note::decided)
                .flatMap(first -> {
                    if (first instanceof Deny denial && !mayDependOnBody(route, denial)) {
                        return Mono.just(denied(denial, route, request, head));
                    }
                    return RequestBody.read(request, route, config)
                            .map(head::withBody)
                            .flatMap(call -> decideAgain(route, request, call, presumed, presumedName, first, note)
                                    .doOnNext(note::decided)
                                    .flatMap(decision -> handle(route, request, call, decision)));
                });
    }

    private Mono<Answer> handle(Route route, HttpServerRequest request, ApiCall call, Decision decision) {
        if (!(decision instanceof Allow allow)) {
            return Mono.just(denied((Deny) decision, route, request, call));
        }
        Supplier<Mono<Decision>> again = access.later(
                route,
                request,
                Objects.requireNonNull(route.access().action()),
                route.access().namespace().apply(call),
                access.decidesByName() ? route.access().name().apply(call) : "");
        return route.handler()
                .handle(call.by(allow, again))
                .map(answer -> ProvenStream.of(answer, allow.identity(), again, recheck));
    }

    private static Answer refused(FailureException reason, HttpServerRequest request) {
        return refused(ErrorResponses.of(reason, request.requestHeaders()), reason, request);
    }

    /** The answer to a failure, as Kubernetes words it where its API is asked. */
    private static Answer refused(Answer answer, Throwable error, HttpServerRequest request) {
        String text = error instanceof FailureException failure ? failure.text() : "";
        boolean isKube = KubeStatus.isAsked(request.uri());
        return isKube
                ? KubeStatus.worded(answer, answer.status() == 404 && text.startsWith("404") ? "" : text)
                : answer;
    }

    private static Answer denied(Deny denial, Route route, HttpServerRequest request, ApiCall call) {
        Answer answer = ErrorResponses.of(denial, request.requestHeaders());
        if (!KubeStatus.isAsked(request.uri())) {
            return answer;
        }
        String text = denial.reason().text();
        boolean isToBeWorded = denial.reason().failure() == Failure.NOT_PERMITTED && !text.contains(" is forbidden: ");
        String namespace = route.namesNamespace() ? call.namespace() : "";
        return KubeStatus.worded(
                answer,
                isToBeWorded ? KubeStatus.forbidden(denial, route.access().action(), namespace, call.name()) : text);
    }

    /** Who the caller is does not depend on the body; what is permitted may, since it names the namespace. */
    private static boolean mayDependOnBody(Route route, Deny denial) {
        return route.body() != Route.Body.NONE && denial.reason().failure() == Failure.NOT_PERMITTED;
    }

    private Mono<Decision> decideAgain(
            Route route,
            HttpServerRequest request,
            ApiCall call,
            String presumed,
            String presumedName,
            Decision first,
            AuditNote note) {
        Action action = Objects.requireNonNull(route.access().action());
        String actual = route.access().namespace().apply(call);
        String name = access.decidesByName() ? route.access().name().apply(call) : "";
        note.asks(action, actual, call);
        return actual.equals(presumed) && name.equals(presumedName)
                ? Mono.just(first)
                : access.decide(route, request, action, actual, name);
    }

    /** Counts streams until their request has ended, and refuses those beyond a bound. */
    private Answer bounded(
            Answer answer, HttpServerRequest request, HttpConfig config, AtomicReference<@Nullable String> follower) {
        if (answer.parts() == null) {
            return answer;
        }
        String client = Followers.client(request.remoteAddress());
        String refusal = followers.enter(client, config);
        if (!refusal.isEmpty()) {
            return refused(Failure.OVERLOADED.in(Component.GATEWAY, refusal), request);
        }
        follower.set(client);
        return answer;
    }

    private void leave(@Nullable String client) {
        if (client != null) {
            followers.leave(client);
        }
    }

    private static String pattern(Router.Outcome outcome) {
        return outcome instanceof Router.Outcome.Found found ? found.route().path() : ApiMetrics.NO_ROUTE;
    }
}
