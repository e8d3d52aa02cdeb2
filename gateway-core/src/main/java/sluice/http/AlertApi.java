package sluice.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionStatus;
import sluice.core.ScaleLabels;

/**
 * {@code /system/alert}: Alertmanager's webhook. A firing alert adds a step of replicas to the function it names, any
 * other sets the function back to its minimum (OpenFaaS gateway, alert scaling).
 */
final class AlertApi {
    private static final int DEFAULT_FACTOR = 10;
    private static final String FACTOR = "com.openfaas.scale.factor";

    private final FunctionProvider provider;

    AlertApi(FunctionProvider provider) {
        this.provider = provider;
    }

    Mono<Answer> receive(ApiCall call) {
        AlertBody body = call.body(AlertBody.class);
        List<Alert> alerts = body.alerts() == null ? List.of() : body.alerts();
        return Flux.fromIterable(alerts)
                .concatMap(alert -> scale(alert, call.defaultNamespace()))
                .collectList()
                .map(AlertApi::answer);
    }

    record AlertBody(@Nullable List<Alert> alerts) {}

    record Alert(@Nullable String status, @Nullable Map<String, String> labels) {
        boolean isFiring() {
            return "firing".equals(status);
        }

        String function() {
            String name = labels == null ? null : labels.get("function_name");
            return name == null ? "" : name;
        }
    }

    /** What {@code alert} makes of a function with {@code labels} and {@code current} replicas. */
    static int replicas(boolean isFiring, int current, Map<String, String> labels) {
        ScaleLabels scale = ScaleLabels.from(labels);
        int step = (int) Math.ceil(scale.max() * factor(labels) / 100.0);
        return isFiring && step > 0 ? Math.min(current + step, scale.max()) : Math.max(1, scale.min());
    }

    /** Percent of the maximum in one step; 0 turns steps off, nonsense counts as absent. */
    private static int factor(Map<String, String> labels) {
        String text = labels.getOrDefault(FACTOR, "");
        int factor = text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : DEFAULT_FACTOR;
        return factor > 100 ? DEFAULT_FACTOR : factor;
    }

    /** Completes with what went wrong, or empty; a function that does not exist is nothing to worry about. */
    private Mono<String> scale(Alert alert, String defaultNamespace) {
        return Mono.fromSupplier(() -> FunctionName.parse(alert.function(), defaultNamespace))
                .flatMap(name -> provider.describe(name, false))
                .onErrorComplete(AlertApi::isNoFunction)
                .flatMap(status -> scale(alert, status))
                .onErrorResume(FailureException.class, e -> Mono.just(alert.function() + ": " + e.text()));
    }

    private Mono<String> scale(Alert alert, FunctionStatus status) {
        int wanted = replicas(
                alert.isFiring(), status.replicas(), status.deployment().labels());
        return wanted == status.replicas()
                ? Mono.empty()
                : provider.scale(status.name(), wanted).then(Mono.empty());
    }

    private static boolean isNoFunction(Throwable error) {
        return error instanceof FailureException e
                && (e.failure() == Failure.UNKNOWN_FUNCTION || e.failure() == Failure.INVALID_REQUEST);
    }

    private static Answer answer(List<String> problems) {
        if (problems.isEmpty()) {
            return Answer.empty(200);
        }
        List<String> lines = new ArrayList<>();
        for (String problem : problems) {
            lines.add("[" + lines.size() + "] error scaling " + problem + "\n");
        }
        byte[] text = String.join("", lines).getBytes(StandardCharsets.UTF_8);
        return Answer.of(500, "text/plain; charset=utf-8", text);
    }
}
