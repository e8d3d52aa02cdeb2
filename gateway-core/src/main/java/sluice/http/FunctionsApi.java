package sluice.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionStatus;
import sluice.core.InvocationCounts;
import sluice.core.ScaleLabels;

/** {@code /system/functions}, {@code /system/function/NAME} and {@code /system/scale-function/NAME}. */
final class FunctionsApi {
    private static final int ACCEPTED = 202; // the one success that all clients understand for a change

    private final FunctionProvider provider;
    private final @Nullable WatchApi watch;
    private final InvocationCounts counts;

    /** @param watch where changes can be followed, or null */
    FunctionsApi(FunctionProvider provider, @Nullable WatchApi watch, InvocationCounts counts) {
        this.provider = provider;
        this.watch = watch;
        this.counts = counts;
    }

    Mono<Answer> list(ApiCall call) {
        if (watch != null && WatchQuery.isWatch(call.query())) {
            return watch.watchSystem(call);
        }
        // Before the list, so that a watch from it misses nothing.
        String version = watch == null ? null : watch.version(call.namespace());
        return Mono.zip(provider.list(call.namespace()), counts.totals().onErrorReturn(Map.of()))
                .map(both -> {
                    Answer list = Answer.json(200, counted(both.getT1(), both.getT2()));
                    return version == null ? list : list.with("X-Resource-Version", version);
                });
    }

    Mono<Answer> describe(ApiCall call) {
        boolean withUsage = call.query().flag("usage");
        return Mono.defer(() -> provider.describe(call.function(), withUsage))
                .map(status -> Answer.json(200, StatusBody.of(status)))
                .onErrorMap(FunctionsApi::isUnknown, e -> Failure.UNKNOWN_FUNCTION.in(Component.PROVIDER, ""));
    }

    Mono<Answer> deploy(ApiCall call) {
        return provider.deploy(call.body(DeploymentBody.class).in(call.namespace()))
                .thenReturn(Answer.empty(ACCEPTED));
    }

    Mono<Answer> update(ApiCall call) {
        return provider.update(call.body(DeploymentBody.class).in(call.namespace()))
                .thenReturn(Answer.empty(ACCEPTED));
    }

    /** The function that a deployment is about, read as {@link #update} reads it; empty before there is a body. */
    static String service(ApiCall call) {
        String service =
                call.body().isObject() ? call.body(DeploymentBody.class).service() : null;
        return service == null ? "" : service;
    }

    Mono<Answer> remove(ApiCall call) {
        String name = call.member("functionName");
        if (name.isEmpty()) {
            throw invalid("validation failed: functionName: is required");
        }
        return provider.remove(call.named(name).function()).thenReturn(Answer.empty(ACCEPTED));
    }

    Mono<Answer> scale(ApiCall call) {
        ScaleBody body = call.body(ScaleBody.class);
        if (body.serviceName() != null
                && !body.serviceName().isEmpty()
                && !body.serviceName().equals(call.name())) {
            throw invalid("serviceName: the body names another function than the path");
        }
        int replicas = body.wanted(call.complaint());
        FunctionName name = call.function();
        return provider.describe(name, false)
                .flatMap(status -> provider.scale(name, Math.min(replicas, ceiling(status))))
                .thenReturn(Answer.empty(ACCEPTED));
    }

    /** @param replicas as sent: absent, out of range and fractional values are refused by name, not guessed */
    record ScaleBody(@Nullable String serviceName, @Nullable Long replicas) {
        int wanted(String complaint) {
            if (replicas == null || replicas < 0 || replicas > Integer.MAX_VALUE) {
                throw invalid(complaint + ": replicas: must be a whole number from 0");
            }
            return replicas.intValue();
        }
    }

    /** A function's own label bounds it; without one only the provider does. */
    private static int ceiling(FunctionStatus status) {
        Map<String, String> labels = status.deployment().labels();
        return labels.containsKey("com.openfaas.scale.max")
                ? ScaleLabels.from(labels).max()
                : Integer.MAX_VALUE;
    }

    private static List<StatusBody> counted(List<FunctionStatus> listed, Map<FunctionName, Long> totals) {
        return listed.stream()
                .map(status -> StatusBody.counted(status, totals.getOrDefault(status.name(), 0L)))
                .toList();
    }

    private static boolean isUnknown(Throwable error) {
        return error instanceof FailureException failure && failure.failure() == Failure.UNKNOWN_FUNCTION;
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, text);
    }
}
