package sluice.kube;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.metrics.v1beta1.ContainerMetrics;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus.Usage;

/** What a function's pods use, as metrics-server says (metrics.k8s.io). Blocks. */
final class PodUsage {
    private static final BigDecimal MILLI = BigDecimal.valueOf(1_000);

    private final KubernetesClient client;

    PodUsage(KubernetesClient client) {
        this.client = client;
    }

    /** Null where there is no metrics-server, or it may not be asked. */
    @Nullable Usage of(FunctionName name) {
        try {
            BigDecimal cores = BigDecimal.ZERO;
            BigDecimal bytes = BigDecimal.ZERO;
            var pods = client.top()
                    .pods()
                    .withLabels(Map.of(Marks.FUNCTION, name.name()))
                    .metrics(name.namespace())
                    .getItems();
            for (var pod : pods) {
                for (ContainerMetrics container : pod.getContainers()) {
                    if (container.getName().equals(name.name())) {
                        cores = cores.add(amount(container, "cpu"));
                        bytes = bytes.add(amount(container, "memory"));
                    }
                }
            }
            return new Usage(cores.multiply(MILLI).doubleValue(), bytes.longValue());
        } catch (KubernetesClientException e) {
            return null;
        }
    }

    private static BigDecimal amount(ContainerMetrics container, String resource) {
        Quantity quantity = container.getUsage().get(resource);
        return quantity == null ? BigDecimal.ZERO : quantity.getNumericalAmount();
    }
}
