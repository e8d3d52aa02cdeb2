package sluice.kube;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.Resources;
import sluice.core.Text;

/** Limits and requests of a function's container. */
final class FunctionResources {
    private static final Pattern QUANTITY =
            Pattern.compile("([0-9]{1,18}(\\.[0-9]{0,9})?|\\.[0-9]{1,9})([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]{1,2})?");

    private FunctionResources() {}

    static ResourceRequirements of(FunctionDeployment function) {
        Map<String, Quantity> limits = plain("limits", function.limits());
        Map<String, Quantity> requests = plain("requests", function.requests());
        devices("limits", function.limits()).forEach(limits::put);
        devices("requests", function.requests()).forEach((name, asked) -> requireSame(name, asked, limits));
        return new ResourceRequirementsBuilder()
                .withLimits(limits)
                .withRequests(requests)
                .build();
    }

    /** A device cannot be had twice: what is requested is the limit (Kubernetes, extended resources). */
    private static void requireSame(String name, Quantity asked, Map<String, Quantity> limits) {
        Quantity limit = limits.putIfAbsent(name, asked);
        if (limit != null && !limit.equals(asked)) {
            throw Marks.invalid("failed create Deployment spec: requests." + name + ": (" + asked
                    + ") must be the same as limits." + name + " (" + limit + ")");
        }
    }

    private static Map<String, Quantity> plain(String field, @Nullable Resources resources) {
        Map<String, Quantity> quantities = new TreeMap<>();
        if (resources != null) {
            put(quantities, field, "memory", resources.memory());
            put(quantities, field, "cpu", resources.cpu());
        }
        return quantities;
    }

    private static Map<String, Quantity> devices(String field, @Nullable Resources resources) {
        Map<String, Quantity> quantities = new TreeMap<>();
        if (resources != null) {
            put(quantities, field, "nvidia.com/gpu", resources.nvidiaGpu());
            put(quantities, field, "amd.com/gpu", resources.amdGpu());
            put(quantities, field, "intel.com/gpu", resources.intelGpu());
        }
        return quantities;
    }

    private static void put(Map<String, Quantity> quantities, String field, String name, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            return;
        }
        if (!QUANTITY.matcher(text).matches()) {
            throw Marks.invalid("failed create Deployment spec: " + field + "." + name + ": (" + Text.printable(text)
                    + ") is no Kubernetes quantity such as 128Mi or 0.5");
        }
        quantities.put(name, Quantity.parse(text));
    }
}
