package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.AccessGate;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Functions;
import sluice.core.HeapPressure;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.VersionInfo;

/**
 * {@code /async-function/…}: POST, PUT and PATCH hand a call in; GET, HEAD and DELETE read and cancel it by its id and
 * never make one. And {@code /function/…} by any method, for those who say {@code Prefer: respond-async}. Paths are not
 * those of the API table, since what follows the name belongs to the function, byte for byte.
 */
final class AsyncApi implements MetricSource {
    private static final String ONE = AsyncTarget.ASYNC + "{name}";
    private static final String RESULT = ONE + "/result";
    private static final String DEEP = ONE + "/{path}";
    private static final String PREFERRED = AsyncTarget.SYNC + "{name}";

    /** As {@code METHOD path}; {@code {name}} is a function to those that hand in and a call id to the others. */
    static final List<String> ROUTES = List.of(
            "POST " + ONE,
            "PUT " + ONE,
            "PATCH " + ONE,
            "GET " + ONE,
            "HEAD " + ONE,
            "DELETE " + ONE,
            "GET " + RESULT,
            "HEAD " + RESULT,
            "POST " + DEEP,
            "PUT " + DEEP,
            "PATCH " + DEEP);

    private final CallWaits waits;
    private final SubmitApi submits;
    private final CallReadApi reads;
    private volatile HeapPressure heap = HeapPressure.NONE;

    AsyncApi(
            AsyncCalls calls,
            Functions functions,
            AccessGate gate,
            AccessCheck access,
            VersionInfo version,
            Drain drain,
            String defaultNamespace) {
        this.waits = new CallWaits(calls, drain);
        CallAnswers answers = new CallAnswers(version);
        this.submits = new SubmitApi(calls, functions, gate, access, answers, waits, defaultNamespace);
        this.reads =
                new CallReadApi(calls.journal(), new CallAccess(access, functions, calls.config()), waits, answers);
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> List.of(new MetricFamily(
                "sluice_async_requests_waiting",
                MetricFamily.Type.GAUGE,
                "Requests that wait for the end of an asynchronous call (?wait= and Prefer: wait)",
                List.of(new MetricFamily.Sample("", Map.of(), waits.waiting())))));
    }

    /** Accepts nothing from now on that {@code pressure} does not allow. */
    void heed(HeapPressure pressure) {
        heap = pressure;
    }

    /** Who answers {@code request}, or null when it is none for asynchronous calls. */
    @Nullable Asked asked(HttpServerRequest request) {
        String uri = request.uri();
        AsyncTarget target = AsyncTarget.read(uri, AsyncTarget.ASYNC);
        if (target != null) {
            return of(ONE, target, named -> async(named, request));
        }
        target = AsyncTarget.read(uri, AsyncTarget.SYNC);
        if (target == null) {
            return null;
        }
        Preferences preferences = Preferences.of(request.requestHeaders());
        return preferences.respondsAsync()
                ? of(PREFERRED, target, named -> preferred(named, request, preferences))
                : null;
    }

    private static Asked of(
            String pattern, AsyncTarget target, java.util.function.Function<AsyncTarget.Named, Asked> named) {
        if (target instanceof AsyncTarget.Named found) {
            return named.apply(found);
        }
        if (target instanceof AsyncTarget.Moved moved) {
            return new Asked(
                    pattern, () -> Mono.just(Answer.empty(301).with(HttpHeaderNames.LOCATION, moved.location())));
        }
        return new Asked(pattern, () -> Mono.error(((AsyncTarget.Refused) target).reason()));
    }

    private Asked async(AsyncTarget.Named target, HttpServerRequest request) {
        String rest = target.rest();
        int mark = rest.indexOf('?');
        String path = mark < 0 ? rest : rest.substring(0, mark);
        String query = mark < 0 ? "" : rest.substring(mark + 1);
        boolean isOne = path.isEmpty();
        boolean isResult = path.equals("/result");
        return switch (request.method().name()) {
            case "POST", "PUT", "PATCH" ->
                new Asked(isOne ? ONE : DEEP, () -> submit(target, request, Preferences.of(request.requestHeaders())));
            case "GET", "HEAD" ->
                isOne
                        ? new Asked(ONE, () -> reads.status(target.name(), Query.parse(query), request))
                        : isResult
                                ? new Asked(RESULT, () -> reads.result(target.name(), Query.parse(query), request))
                                : refused(DEEP, "POST, PUT, PATCH", request);
            case "DELETE" ->
                isOne
                        ? new Asked(ONE, () -> reads.cancel(target.name(), request))
                        : refused(DEEP, isResult ? "GET, HEAD, POST, PUT, PATCH" : "POST, PUT, PATCH", request);
            default ->
                refused(
                        isOne ? ONE : DEEP,
                        isOne
                                ? "GET, HEAD, DELETE, POST, PUT, PATCH"
                                : isResult ? "GET, HEAD, POST, PUT, PATCH" : "POST, PUT, PATCH",
                        request);
        };
    }

    private Asked preferred(AsyncTarget.Named target, HttpServerRequest request, Preferences preferences) {
        return switch (request.method().name()) {
            case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" ->
                new Asked(PREFERRED, () -> submit(target, request, preferences));
            default -> refused(PREFERRED, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", request);
        };
    }

    private Mono<Answer> submit(AsyncTarget.Named target, HttpServerRequest request, Preferences preferences) {
        return heap.level() == HeapPressure.Level.LOW
                ? submits.submit(target, request, preferences)
                : Mono.error(Failure.UNAVAILABLE.in(
                        Component.GATEWAY,
                        "asynchronous calls are not accepted: the heap is nearly full (SLUICE_HEAP_HIGH)"));
    }

    private static Asked refused(String pattern, String allowed, HttpServerRequest request) {
        return new Asked(
                pattern,
                () -> Mono.just(ErrorResponses.of(
                                Failure.METHOD_NOT_ALLOWED.in(Component.GATEWAY, ""), request.requestHeaders())
                        .with(HttpHeaderNames.ALLOW, allowed)));
    }

    /**
     * A request and who answers it.
     *
     * @param pattern of its path, for metrics
     */
    record Asked(String pattern, Supplier<Mono<Answer>> answer) {}
}
