package sluice.http;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;
import sluice.core.Guard;
import sluice.core.Resources;
import sluice.core.Text;

/**
 * A deployment as clients send it (OpenFaaS gateway, POST and PUT /system/functions); its namespace is the call's.
 *
 * @param privacy another spelling of the annotation {@code sluice_privacy}
 */
record DeploymentBody(
        @Nullable String service,
        @Nullable String image,
        @Nullable String envProcess,
        @Nullable Map<String, @Nullable String> envVars,
        @Nullable List<@Nullable String> constraints,
        @Nullable List<@Nullable String> secrets,
        @Nullable Map<String, @Nullable String> labels,
        @Nullable Map<String, @Nullable String> annotations,
        @Nullable Resources limits,
        @Nullable Resources requests,
        @Nullable Boolean readOnlyRootFilesystem,
        @Nullable String privacy) {
    private static final Pattern QUANTITY =
            Pattern.compile("([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]{1,3})?");

    /** The deployment, checked; a refusal names the field and its rule. */
    FunctionDeployment in(String namespace) {
        FunctionDeployment deployment = new FunctionDeployment(
                new FunctionName(orEmpty(service), namespace),
                required("image", image),
                envProcess == null || envProcess.isEmpty() ? null : envProcess,
                filled(envVars),
                filled(constraints),
                filled(secrets),
                filled(labels),
                annotated(),
                checked("limits", limits),
                checked("requests", requests),
                Boolean.TRUE.equals(readOnlyRootFilesystem));
        requireNotNegative(deployment, "com.openfaas.scale.min");
        requireNotNegative(deployment, "com.openfaas.scale.max");
        FunctionSettings.validate(deployment);
        return deployment;
    }

    private Map<String, String> annotated() {
        Map<String, String> all = filled(annotations);
        if (privacy != null) {
            String before = all.put(Guard.PRIVACY, privacy);
            if (before != null && !before.equals(privacy)) {
                throw invalid("privacy: the annotation " + Guard.PRIVACY + " says something else");
            }
        }
        return all;
    }

    private static String required(String field, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw invalid(field + ": is required");
        }
        return value;
    }

    private static @Nullable Resources checked(String field, @Nullable Resources resources) {
        if (resources == null) {
            return null;
        }
        requireQuantity(field + ".memory", resources.memory());
        requireQuantity(field + ".cpu", resources.cpu());
        requireQuantity(field + ".nvidia.com/gpu", resources.nvidiaGpu());
        requireQuantity(field + ".amd.com/gpu", resources.amdGpu());
        requireQuantity(field + ".intel.com/gpu", resources.intelGpu());
        return resources.equals(new Resources(null, null, null, null, null)) ? null : resources;
    }

    private static void requireQuantity(String field, @Nullable String value) {
        if (value != null && !value.isEmpty() && !QUANTITY.matcher(value).matches()) {
            throw invalid(field + ": (" + Text.printable(value) + ") is invalid, must be a quantity such as 128Mi");
        }
    }

    private static void requireNotNegative(FunctionDeployment deployment, String label) {
        String value = deployment.labels().getOrDefault(label, "");
        if (value.startsWith("-")) {
            throw invalid("labels." + label + ": (" + Text.printable(value) + ") must not be negative");
        }
    }

    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }

    private static List<String> filled(@Nullable List<@Nullable String> values) {
        return values == null
                ? List.of()
                : values.stream().map(DeploymentBody::orEmpty).toList();
    }

    private static Map<String, String> filled(@Nullable Map<String, @Nullable String> values) {
        Map<String, String> filled = new TreeMap<>();
        if (values != null) {
            values.forEach((key, value) -> filled.put(key, orEmpty(value)));
        }
        return filled;
    }

    private static FailureException invalid(String what) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, "validation failed: " + what);
    }
}
