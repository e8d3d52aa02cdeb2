package sluice.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import reactor.core.publisher.Mono;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;

/**
 * Replicas of each function and the load they are scaled for, under the names that OpenFaaS dashboards and autoscaler
 * rules read. Told from the snapshot, so the series of a removed function disappear with it.
 */
public final class FunctionGauges implements MetricSource {
    private static final String TARGET_LABEL = "com.openfaas.scale.target";
    private static final String TYPE_LABEL = "com.openfaas.scale.type";
    private static final int DEFAULT_TARGET = 50;
    private static final String DEFAULT_TYPE = "rps";

    private final Functions functions;

    public FunctionGauges(Functions functions) {
        this.functions = functions;
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> families(functions.all()));
    }

    private static List<MetricFamily> families(List<FunctionStatus> all) {
        return List.of(
                gauge("gateway_service_count", "Current count of replicas for function", all, FunctionStatus::replicas),
                gauge(
                        "gateway_service_ready_count",
                        "Replicas of the function that are ready for calls",
                        all,
                        FunctionStatus::availableReplicas),
                gauge(
                        "gateway_service_min",
                        "Replicas of the function that are kept while it is awake",
                        all,
                        function -> function.deployment().initialReplicas()),
                new MetricFamily(
                        "gateway_service_target_load",
                        MetricFamily.Type.GAUGE,
                        "Load per replica that the function is scaled for",
                        all.stream().map(FunctionGauges::targetLoad).toList()));
    }

    private static MetricFamily gauge(
            String name, String help, List<FunctionStatus> all, ToDoubleFunction<FunctionStatus> value) {
        return new MetricFamily(
                name,
                MetricFamily.Type.GAUGE,
                help,
                all.stream()
                        .map(f -> new MetricFamily.Sample(
                                "", Map.of("function_name", f.name().qualified()), value.applyAsDouble(f)))
                        .toList());
    }

    private static MetricFamily.Sample targetLoad(FunctionStatus function) {
        Map<String, String> settings = function.deployment().labels();
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("function_name", function.name().qualified());
        labels.put("scaling_type", settings.getOrDefault(TYPE_LABEL, DEFAULT_TYPE));
        return new MetricFamily.Sample("", labels, target(settings.getOrDefault(TARGET_LABEL, "")));
    }

    /** A label that is no number counts as absent. */
    private static int target(String text) {
        return text.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(text) : DEFAULT_TARGET;
    }
}
