package sluice.kube;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.FunctionName;

/** Functions {@code fn-0}, {@code fn-1} and so on with three pods each that nobody runs, on a server without controllers. */
public final class ManyFunctions {
    /** Where they are. */
    public static final String NAMESPACE = Functions.NAMESPACE;

    static final int REPLICAS = 3;
    private static final int AT_ONCE = 16;
    private static final Duration PATIENCE = Duration.ofMinutes(8);

    private ManyFunctions() {}

    /** As {@link #fill(KubernetesClient, String, int)}, in {@link #NAMESPACE}. */
    public static void fill(KubernetesClient admin, int count) {
        fill(admin, NAMESPACE, count);
    }

    /** Makes the namespace and {@code count} of them in it. Blocks. */
    public static void fill(KubernetesClient admin, String namespace, int count) {
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
        FunctionObjects objects = new FunctionObjects(KubeProviderContract.config("", namespace, Map.of()));
        Flux.range(0, count)
                .flatMap(
                        i -> Mono.fromRunnable(() -> {
                                    admin.resource(objects.deployment(
                                                    Functions.named(new FunctionName("fn-" + i, namespace))
                                                            .environment("write_timeout", "60s")
                                                            .label("com.openfaas.scale.min", "3")
                                                            .annotation("topic", "scans")
                                                            .build(),
                                                    new FunctionObjects.Surroundings(
                                                            SecretUse.NONE, List.of(), Map.of(), null, null)))
                                            .fieldManager(Marks.FIELD_MANAGER)
                                            .serverSideApply();
                                    admin.resource(slice(namespace, i, REPLICAS))
                                            .create();
                                })
                                .subscribeOn(Schedulers.boundedElastic()),
                        AT_ONCE)
                .then()
                .block(PATIENCE);
    }

    /** The slice of {@code fn-NUMBER} with so many of its pods. */
    static EndpointSlice slice(int number, int replicas) {
        return slice(NAMESPACE, number, replicas);
    }

    private static EndpointSlice slice(String namespace, int number, int replicas) {
        String function = "fn-" + number;
        return Slices.of(
                namespace,
                function,
                IntStream.range(0, replicas)
                        .mapToObj(replica -> Slices.ready(
                                namespace,
                                function + "-" + replica,
                                "10." + replica + "." + number / 250 + "." + (1 + number % 250)))
                        .toList());
    }
}
