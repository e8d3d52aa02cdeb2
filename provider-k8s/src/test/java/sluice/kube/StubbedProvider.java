package sluice.kube;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import reactor.core.publisher.Mono;
import sluice.core.FunctionName;

/** A provider on a stub of its own. */
final class StubbedProvider implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(25);

    final StubApi api;
    final KubernetesClient admin;
    final KubeProvider provider;
    final Routes routes;

    private StubbedProvider(StubApi api, KubernetesClient admin, KubeProvider provider) {
        this.api = api;
        this.admin = admin;
        this.provider = provider;
        this.routes = new Routes(provider);
    }

    static StubbedProvider open(Path directory, Map<String, String> settings) throws IOException {
        StubApi api = StubApi.start();
        KubernetesClient admin = api.admin();
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(Functions.NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
        return new StubbedProvider(
                api,
                admin,
                KubeProvider.open(KubeProviderContract.config(
                        api.kubeconfig(directory).toString(), Functions.NAMESPACE, settings)));
    }

    static FunctionName name(String name) {
        return new FunctionName(name, Functions.NAMESPACE);
    }

    void run(Mono<Void> change) {
        change.block(PATIENCE);
    }

    /** A slice with one pod; its uid is {@code pod}. */
    static EndpointSlice slice(String function, String name, String pod, boolean isReady, boolean isTerminating) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(Functions.NAMESPACE)
                .withLabels(Map.of(SliceEndpoints.SERVICE, function))
                .endMetadata()
                .withAddressType("IPv4")
                .withEndpoints(new EndpointBuilder()
                        .withAddresses("10.1.2.3")
                        .withNewConditions()
                        .withReady(isReady)
                        .withTerminating(isTerminating)
                        .endConditions()
                        .withTargetRef(new ObjectReferenceBuilder()
                                .withKind("Pod")
                                .withUid(pod)
                                .build())
                        .build())
                .addNewPort()
                .withName("http")
                .withPort(9000)
                .endPort()
                .build();
    }

    /** A pod of the function whose container runs. */
    static Pod pod(String function, String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(Functions.NAMESPACE)
                .withLabels(Map.of(Marks.FUNCTION, function))
                .endMetadata()
                .withNewStatus()
                .addNewContainerStatus()
                .withName(function)
                .withRestartCount(0)
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    @Override
    public void close() {
        routes.close();
        provider.close();
        admin.close();
        api.close();
    }
}
