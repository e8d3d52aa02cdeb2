package sluice.kube;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.MetricFamily;
import sluice.core.MetricFamily.Sample;
import sluice.core.MetricSource;

/** Counts what the Kubernetes API is asked and answers; thread-safe. */
final class ApiMetrics implements Interceptor, MetricSource {
    private final Map<Answered, LongAdder> requests = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> failedWatches = new ConcurrentHashMap<>();
    private volatile Supplier<Map<String, Boolean>> watches = Map::of;
    private volatile @Nullable Supplier<HostMapping> ingresses;

    private record Answered(String method, String code) {}

    /** {@code watches} tells for each kind of object whether changes of it are heard of now. */
    void watch(Supplier<Map<String, Boolean>> watches) {
        this.watches = watches;
    }

    /** {@code mapping} tells what FunctionIngresses are mapped now. */
    void ingresses(Supplier<HostMapping> mapping) {
        ingresses = mapping;
    }

    void watchFailed(String kind) {
        failedWatches.computeIfAbsent(kind, any -> new LongAdder()).increment();
    }

    @Override
    public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        count(request.method(), Integer.toString(response.code()));
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        count(request.method(), "none");
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(this::families);
    }

    private List<MetricFamily> families() {
        List<MetricFamily> families = new ArrayList<>(List.of(
                new MetricFamily(
                        "sluice_kube_requests_total",
                        MetricFamily.Type.COUNTER,
                        "Requests to the Kubernetes API by method and status; none is no answer.",
                        answered()),
                new MetricFamily(
                        "sluice_kube_watch_connected",
                        MetricFamily.Type.GAUGE,
                        "Whether changes of this kind of object are heard of (1) or the last known state is used (0).",
                        connected()),
                new MetricFamily(
                        "sluice_kube_watch_failures_total",
                        MetricFamily.Type.COUNTER,
                        "Lists and watches of this kind of object that failed or ended early.",
                        failed())));
        Supplier<HostMapping> mapping = ingresses;
        if (mapping != null) {
            HostMapping now = mapping.get();
            families.add(new MetricFamily(
                    "sluice_kube_function_ingresses",
                    MetricFamily.Type.GAUGE,
                    "FunctionIngresses that the gateway maps, and those that it does not: their status tells why.",
                    List.of(
                            new Sample(
                                    "", Map.of("state", "mapped"), now.routes().size()),
                            new Sample(
                                    "",
                                    Map.of("state", "refused"),
                                    now.refusals().size()))));
        }
        return families;
    }

    private void count(String method, String code) {
        requests.computeIfAbsent(new Answered(method, code), any -> new LongAdder())
                .increment();
    }

    private List<Sample> answered() {
        List<Sample> samples = new ArrayList<>();
        requests.forEach((answered, count) ->
                samples.add(new Sample("", Map.of("method", answered.method(), "code", answered.code()), count.sum())));
        return samples;
    }

    private List<Sample> connected() {
        List<Sample> samples = new ArrayList<>();
        new TreeMap<>(watches.get())
                .forEach((kind, isConnected) -> samples.add(new Sample("", Map.of("kind", kind), isConnected ? 1 : 0)));
        return samples;
    }

    private List<Sample> failed() {
        List<Sample> samples = new ArrayList<>();
        failedWatches.forEach((kind, count) -> samples.add(new Sample("", Map.of("kind", kind), count.sum())));
        return samples;
    }
}
