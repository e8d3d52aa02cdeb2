package sluice.invoker;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.FunctionName;
import sluice.core.MetricFamily;

/**
 * The families of the data plane (OpenFaaS gateway, metrics; names and help texts are a contract). Counters live per
 * loop; a scrape asks every loop for a copy and adds them up, so that a call pays for plain additions only.
 */
final class InvokerMetrics {
    private static final long KEPT_NANOS = 15L * 60 * 1_000_000_000L;

    private final RelayContext relay;
    private final Map<FunctionName, Route> routes;
    private final Map<EventLoop, LoopState> loops;
    private final Map<Route, Long> removed = new ConcurrentHashMap<>();

    InvokerMetrics(RelayContext relay, Map<FunctionName, Route> routes, Map<EventLoop, LoopState> loops) {
        this.relay = relay;
        this.routes = routes;
        this.loops = loops;
    }

    /** A removed function's counters stay for a while, or its last calls would never be scraped. */
    void keepOnce(Route route) {
        removed.put(route, System.nanoTime());
    }

    /** What each function's calls come to over all loops. */
    Mono<Map<Route, LoopCalls>> calls() {
        long now = System.nanoTime();
        removed.values().removeIf(since -> now - since > KEPT_NANOS);
        List<Route> all = new ArrayList<>(routes.values());
        all.addAll(removed.keySet());
        return Flux.fromIterable(List.copyOf(loops.values()))
                .flatMap(loop -> copies(loop, all))
                .collectList()
                .map(parts -> sum(all, parts));
    }

    private static Mono<Map<Route, LoopCalls>> copies(LoopState loop, List<Route> all) {
        return Mono.create(sink -> {
            if (loop.eventLoop.isShuttingDown()) {
                sink.success(Map.of());
                return;
            }
            loop.eventLoop.execute(() -> {
                Map<Route, LoopCalls> copies = new HashMap<>();
                for (Route route : all) {
                    LoopCalls calls = route.calls.ifPresent(loop);
                    if (calls != null) {
                        copies.put(route, calls.copy());
                    }
                }
                sink.success(copies);
            });
        });
    }

    private static Map<Route, LoopCalls> sum(List<Route> all, List<Map<Route, LoopCalls>> parts) {
        Map<Route, LoopCalls> sums = new LinkedHashMap<>();
        for (Route route : all) {
            LoopCalls sum = new LoopCalls();
            for (Map<Route, LoopCalls> part : parts) {
                LoopCalls calls = part.get(route);
                if (calls != null) {
                    sum.add(calls);
                }
            }
            sums.put(route, sum);
        }
        return sums;
    }

    Mono<List<MetricFamily>> collect() {
        return calls().map(this::families);
    }

    private List<MetricFamily> families(Map<Route, LoopCalls> calls) {
        List<MetricFamily.Sample> invocations = new ArrayList<>();
        List<MetricFamily.Sample> seconds = new ArrayList<>();
        List<MetricFamily.Sample> started = new ArrayList<>();
        List<MetricFamily.Sample> inFlight = new ArrayList<>();
        List<MetricFamily.Sample> waiting = new ArrayList<>();
        List<MetricFamily.Sample> spareWaiting = new ArrayList<>();
        byName(calls).forEach((name, counted) -> {
            Map<String, String> function = Map.of("function_name", name);
            for (LoopCalls.ByCode code : counted.codes()) {
                Map<String, String> labels = new LinkedHashMap<>(function);
                labels.put("code", Integer.toString(code.code));
                invocations.add(new MetricFamily.Sample("", labels, (double) code.count));
                histogram(seconds, labels, code);
            }
            if (counted.started > 0) {
                started.add(new MetricFamily.Sample("", function, (double) counted.started));
            }
            inFlight.add(new MetricFamily.Sample("", function, counted.inFlight));
        });
        for (Route route : routes.values()) {
            Map<String, String> function = Map.of("function_name", route.name.qualified());
            waiting.add(new MetricFamily.Sample("", function, route.waiting()));
            spareWaiting.add(new MetricFamily.Sample("", function, route.spareWaiting()));
        }
        List<MetricFamily> families = new ArrayList<>(List.of(
                new MetricFamily(
                        "gateway_function_invocation_total",
                        MetricFamily.Type.COUNTER,
                        "Function metrics",
                        invocations),
                new MetricFamily(
                        "gateway_functions_seconds", MetricFamily.Type.HISTOGRAM, "Function time taken", seconds),
                new MetricFamily(
                        "gateway_function_invocation_started",
                        MetricFamily.Type.COUNTER,
                        "The total number of function HTTP requests started.",
                        started),
                new MetricFamily(
                        "gateway_function_invocation_inflight",
                        MetricFamily.Type.GAUGE,
                        "Calls in flight for function",
                        inFlight),
                new MetricFamily(
                        "sluice_calls_waiting", MetricFamily.Type.GAUGE, "Calls that wait for a slot", waiting),
                new MetricFamily(
                        "sluice_async_calls_waiting",
                        MetricFamily.Type.GAUGE,
                        "Asynchronous calls that wait for a slot, behind all others",
                        spareWaiting)));
        families.addAll(own());
        return families;
    }

    private static Map<String, LoopCalls> byName(Map<Route, LoopCalls> calls) {
        Map<String, LoopCalls> byName =
                new LinkedHashMap<>(); // a function that was removed and came again is one series
        calls.forEach((route, counted) -> byName.computeIfAbsent(route.name.qualified(), n -> new LoopCalls())
                .add(counted));
        return byName;
    }

    private static void histogram(
            List<MetricFamily.Sample> samples, Map<String, String> labels, LoopCalls.ByCode code) {
        long cumulative = 0;
        for (int i = 0; i < code.buckets.length; i++) {
            cumulative += code.buckets[i];
            Map<String, String> bucket = new LinkedHashMap<>(labels);
            bucket.put("le", i == LoopCalls.BOUNDS.length ? "+Inf" : bound(LoopCalls.BOUNDS[i]));
            samples.add(new MetricFamily.Sample("_bucket", bucket, (double) cumulative));
        }
        samples.add(new MetricFamily.Sample("_sum", labels, code.seconds));
        samples.add(new MetricFamily.Sample("_count", labels, (double) code.count));
    }

    private static String bound(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private List<MetricFamily> own() {
        RelayCounters counters = relay.counters();
        return List.of(
                gauge("sluice_calls_in_flight", "Calls in flight in this process", relay.calls()),
                gauge(
                        "sluice_host_routes",
                        "Hosts and paths that are calls of functions",
                        relay.hosts().size()),
                gauge("sluice_stream_budget_bytes", "Direct memory left for streams to grow", (double)
                        relay.budget().left()),
                counter("sluice_refused_total", "Requests that the gateway answered itself", counters.refused),
                counter(
                        "sluice_aborted_answers_total",
                        "Answers cut because a function broke off or fell silent",
                        counters.abortedAnswers),
                counter("sluice_bad_answers_total", "Answers of functions that were not HTTP", counters.badAnswers),
                counter(
                        "sluice_stalled_clients_total",
                        "Answers cut because a client read nothing",
                        counters.stalledClients),
                new MetricFamily(
                        "sluice_retries_total",
                        MetricFamily.Type.COUNTER,
                        "Calls that were sent again, by reason",
                        List.of(
                                new MetricFamily.Sample(
                                        "", Map.of("reason", "dial"), (double) counters.retriesOfDials.sum()),
                                new MetricFamily.Sample(
                                        "", Map.of("reason", "stale"), (double) counters.retriesOfStale.sum()))),
                new MetricFamily(
                        "sluice_upstream_failures_total",
                        MetricFamily.Type.COUNTER,
                        "Connections to replicas that could not be made, or ended before an answer and with no other try,"
                                + " by reason",
                        List.of(
                                failure("timeout", counters.dialsTimedOut),
                                failure("refused", counters.dialsRefused),
                                failure("error", counters.dialsFailed),
                                failure("ended", counters.endedBeforeAnswer))));
    }

    private static MetricFamily.Sample failure(String reason, LongAdder value) {
        return new MetricFamily.Sample("", Map.of("reason", reason), (double) value.sum());
    }

    private static MetricFamily gauge(String name, String help, double value) {
        return new MetricFamily(
                name, MetricFamily.Type.GAUGE, help, List.of(new MetricFamily.Sample("", Map.of(), value)));
    }

    private static MetricFamily counter(String name, String help, LongAdder value) {
        return new MetricFamily(
                name, MetricFamily.Type.COUNTER, help, List.of(new MetricFamily.Sample("", Map.of(), (double)
                        value.sum())));
    }
}
