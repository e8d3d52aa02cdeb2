package sluice.kube;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code status} of a Function or a FunctionIngress, with the conditions that GitOps tools look at (kstatus: Ready, Reconciling, Stalled).
 */
final class Conditions {
    private static final int LONGEST_MESSAGE = 1_024;

    private final long generation;
    private final Map<String, Object> before;
    private final List<Map<String, Object>> conditions = new ArrayList<>();

    /** {@code before} is the status so far: what has not changed keeps its time. */
    private Conditions(long generation, Map<String, Object> before) {
        this.generation = generation;
        this.before = before;
    }

    /** Deployment and Service are as the spec says. Zero is left out, as OpenFaaS does. */
    static Map<String, Object> ready(
            long generation, int replicas, int available, List<Profiles.Found> profiles, Map<String, Object> before) {
        Conditions made = new Conditions(generation, before);
        made.add("Ready", "True", "Ready", "Deployment and service reconciled");
        made.add(
                "Healthy",
                available > 0 ? "True" : "False",
                available > 0 ? "ReplicaAvailable" : "NoReplicaAvailable",
                available > 0 ? "At least one replica available" : "No replica available");
        Map<String, Object> status = made.status();
        put(status, "replicas", replicas);
        put(status, "availableReplicas", available);
        put(status, "unavailableReplicas", Math.max(0, replicas - available));
        status.put(
                "profiles",
                profiles.isEmpty()
                        ? null
                        : profiles.stream()
                                .map(each -> Map.<String, Object>of(
                                        "profileRef",
                                        Map.of("name", each.name(), "namespace", each.namespace()),
                                        "observedGeneration",
                                        each.generation()))
                                .toList());
        return status;
    }

    /** It cannot go on like this; whatever runs goes on running. */
    static Map<String, Object> stalled(long generation, String reason, String message, Map<String, Object> before) {
        Conditions made = new Conditions(generation, before);
        made.add("Reconciling", "True", "Reconciling", "Function queued for creation");
        made.add("Stalled", "True", reason, message);
        made.add("Ready", "False", reason, message);
        return made.status();
    }

    /**
     * A FunctionIngress has what it asks for.
     *
     * @param refusal why the gateway does not map it itself; null when it does
     */
    static Map<String, Object> served(
            long generation, String message, HostMapping.@Nullable Refusal refusal, Map<String, Object> before) {
        Conditions made = new Conditions(generation, before);
        made.add("Ready", "True", "Ready", message);
        if (refusal == null) {
            made.add("Mapped", "True", "Mapped", "Requests for the domain and path are calls of the function");
        } else {
            made.add("Mapped", "False", refusal.reason(), refusal.text());
        }
        return made.conditionsOnly();
    }

    /** A FunctionIngress cannot have what it asks for; what was made of it before stays. */
    static Map<String, Object> notServed(long generation, HostMapping.Refusal why, Map<String, Object> before) {
        Conditions made = new Conditions(generation, before);
        made.add("Stalled", "True", why.reason(), why.text());
        made.add("Ready", "False", why.reason(), why.text());
        return made.conditionsOnly();
    }

    /** Whether {@code status} says that the object is ready in this generation of it. */
    static boolean isReady(long generation, Map<String, Object> status) {
        return status.get("conditions") instanceof List<?> list
                && list.stream()
                        .map(Trees::map)
                        .anyMatch(condition -> "Ready".equals(condition.get("type"))
                                && "True".equals(condition.get("status"))
                                && condition.get("observedGeneration") instanceof Number seen
                                && seen.longValue() == generation);
    }

    /** Whether {@code wanted} would change anything of {@code before}; a null means absent. */
    static boolean differ(Map<String, Object> wanted, Map<String, Object> before) {
        return wanted.entrySet().stream().anyMatch(field -> {
            Object now = before.get(field.getKey());
            return field.getValue() == null
                    ? now != null
                    : now == null || !Merging.text(field.getValue()).equals(Merging.text(now));
        });
    }

    private Map<String, Object> conditionsOnly() {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("conditions", conditions);
        return status;
    }

    private Map<String, Object> status() {
        Map<String, Object> status = conditionsOnly();
        status.put("observedGeneration", generation);
        return status;
    }

    private void add(String type, String value, String reason, String text) {
        String message = text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE);
        Map<String, Object> condition = new LinkedHashMap<>();
        condition.put("lastTransitionTime", since(type, value));
        condition.put("message", message);
        condition.put("observedGeneration", generation);
        condition.put("reason", reason);
        condition.put("status", value);
        condition.put("type", type);
        conditions.add(condition);
    }

    private String since(String type, String value) {
        if (before.get("conditions") instanceof List<?> list) {
            for (Object each : list) {
                if (each instanceof Map<?, ?> condition
                        && type.equals(condition.get("type"))
                        && value.equals(condition.get("status"))) {
                    return String.valueOf(condition.get("lastTransitionTime"));
                }
            }
        }
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static void put(Map<String, Object> status, String field, int value) {
        status.put(field, value == 0 ? null : value);
    }
}
