package sluice.gateway;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionStatus;
import sluice.core.Functions;

/**
 * Brings the functions of the stacks up. What is refused or late is reported and keeps nothing else from running: a
 * gateway that serves nine functions of ten is worth more than one that does not start.
 */
final class Rollout {
    private final FunctionProvider provider;
    private final Functions functions;

    Rollout(FunctionProvider provider, Functions functions) {
        this.provider = provider;
        this.functions = functions;
    }

    /**
     * Deploys one after the other, then waits until each function has a ready replica, for {@code patience} at most.
     * A function that is already deployed like this is left alone.
     *
     * @return what went wrong, a line each, for a person
     */
    Mono<List<String>> run(List<FunctionDeployment> deployments, Duration patience) {
        return Flux.fromIterable(deployments)
                .concatMap(this::deploy)
                .collectList()
                .flatMap(refusals -> awaitReady(names(deployments), patience)
                        .then(Mono.fromSupplier(() -> problems(deployments, refusals, patience))));
    }

    /** Empty, or the refusal as a line. */
    private Mono<String> deploy(FunctionDeployment deployment) {
        FunctionStatus now = functions.find(deployment.name());
        if (now != null && now.deployment().equals(deployment)) {
            return Mono.empty();
        }
        return provider.deploy(deployment)
                .then(Mono.<String>empty())
                .onErrorResume(
                        FailureException.class,
                        e -> Mono.just(deployment.name().name() + " was not deployed: " + e.text()));
    }

    private Mono<Void> awaitReady(List<FunctionName> names, Duration patience) {
        if (late(names).isEmpty()) {
            return Mono.empty();
        }
        return functions
                .watch(-1)
                .filter(event -> late(names).isEmpty())
                .next()
                .then()
                .timeout(patience, Mono.empty());
    }

    private List<String> problems(List<FunctionDeployment> deployments, List<String> refusals, Duration patience) {
        List<String> problems = new ArrayList<>(refusals);
        late(names(deployments))
                .forEach(name -> problems.add(name.name() + " is not ready after " + patience.toSeconds()
                        + " s; its log tells why: GET /system/logs?name=" + name.name()));
        return problems;
    }

    /** Those that exist and should run but do not yet; a refused one does not exist. */
    private List<FunctionName> late(List<FunctionName> names) {
        return names.stream().filter(this::isLate).toList();
    }

    private boolean isLate(FunctionName name) {
        FunctionStatus status = functions.find(name);
        return status != null && status.replicas() > 0 && status.availableReplicas() == 0;
    }

    private static List<FunctionName> names(List<FunctionDeployment> deployments) {
        return deployments.stream().map(FunctionDeployment::name).toList();
    }
}
