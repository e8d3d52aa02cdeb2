package sluice.kube;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.List;
import java.util.Map;

/** EndpointSlices as the endpoint controller writes them, for tests that stand in for it. */
public final class Slices {
    private Slices() {}

    /** The only slice of {@code function}; its pods listen on port 8080. */
    public static EndpointSlice of(String namespace, String function, List<Endpoint> endpoints) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withName(function + "-slice")
                .withNamespace(namespace)
                .withLabels(Map.of(SliceEndpoints.SERVICE, function))
                .endMetadata()
                .withAddressType("IPv4")
                .withEndpoints(endpoints)
                .addNewPort()
                .withName("http")
                .withPort(8080)
                .withProtocol("TCP")
                .endPort()
                .build();
    }

    /** A pod that takes calls. */
    public static Endpoint ready(String namespace, String pod, String address) {
        return endpoint(namespace, pod, address, false);
    }

    /** A pod that is about to end. */
    public static Endpoint terminating(String namespace, String pod, String address) {
        return endpoint(namespace, pod, address, true);
    }

    private static Endpoint endpoint(String namespace, String pod, String address, boolean isTerminating) {
        return new EndpointBuilder()
                .withAddresses(address)
                .withNewConditions()
                .withReady(!isTerminating)
                .withServing(true)
                .withTerminating(isTerminating)
                .endConditions()
                .withTargetRef(new ObjectReferenceBuilder()
                        .withKind("Pod")
                        .withNamespace(namespace)
                        .withName(pod)
                        .withUid("uid-" + pod)
                        .build())
                .build();
    }
}
