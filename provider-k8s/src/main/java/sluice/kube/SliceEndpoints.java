package sluice.kube;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.Endpoint;

/** The replicas that an EndpointSlice (discovery.k8s.io/v1) tells of. */
final class SliceEndpoints {
    /** Label with the name of the slice's Service. */
    static final String SERVICE = "kubernetes.io/service-name";

    private SliceEndpoints() {}

    /** Empty for names that would have to be looked up. */
    static List<Endpoint> of(EndpointSlice slice) {
        if (slice.getEndpoints() == null || "FQDN".equals(slice.getAddressType())) {
            return List.of();
        }
        int port = port(slice.getPorts());
        return slice.getEndpoints().stream()
                .filter(each ->
                        each.getAddresses() != null && !each.getAddresses().isEmpty())
                .map(each -> {
                    String host = each.getAddresses().get(0);
                    return new Endpoint(identity(each, host), host, port, state(each.getConditions()));
                })
                .toList();
    }

    /** A pod's uid; an address alone may be used again by another pod. */
    private static String identity(io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint, String host) {
        return endpoint.getTargetRef() != null && endpoint.getTargetRef().getUid() != null
                ? endpoint.getTargetRef().getUid()
                : host;
    }

    /** A condition that is absent counts as ready and as not terminating (Kubernetes, EndpointConditions). */
    private static Endpoint.State state(@Nullable EndpointConditions conditions) {
        if (conditions == null) {
            return Endpoint.State.READY;
        }
        if (Boolean.TRUE.equals(conditions.getTerminating())) {
            return Endpoint.State.DRAINING;
        }
        return Boolean.FALSE.equals(conditions.getReady()) ? Endpoint.State.STARTING : Endpoint.State.READY;
    }

    private static int port(@Nullable List<EndpointPort> ports) {
        if (ports == null) {
            return Marks.PORT;
        }
        return ports.stream()
                .filter(port -> port.getPort() != null && (Marks.PORT_NAME.equals(port.getName()) || ports.size() == 1))
                .map(EndpointPort::getPort)
                .findFirst()
                .orElse(Marks.PORT);
    }
}
