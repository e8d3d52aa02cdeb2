package sluice.kube;

import sluice.core.Settings;

/**
 * How often a replica is asked how it is, in seconds and tries (Kubernetes, Probe).
 *
 * @param successThreshold always 1 for liveness, where the API allows nothing else
 */
public record ProbeConfig(
        int initialDelaySeconds, int timeoutSeconds, int periodSeconds, int successThreshold, int failureThreshold) {
    private static final int HOUR = 3_600;

    /** Reads {@code KIND_probe_…}, as the OpenFaaS provider calls them. */
    static ProbeConfig from(Settings settings, String kind, boolean hasSuccessThreshold) {
        String prefix = kind + "_probe_";
        return new ProbeConfig(
                settings.integer(
                        prefix + "initial_delay_seconds", 0, 0, HOUR, "seconds until the first " + kind + " probe"),
                settings.integer(prefix + "timeout_seconds", 1, 1, HOUR, "seconds until a " + kind + " probe failed"),
                settings.integer(prefix + "period_seconds", 2, 1, HOUR, "seconds between two " + kind + " probes"),
                hasSuccessThreshold
                        ? settings.integer(
                                prefix + "success_threshold", 1, 1, 100, kind + " probes in a row that must succeed")
                        : 1,
                settings.integer(
                        prefix + "failure_threshold",
                        3,
                        1,
                        100,
                        kind + " probes in a row that may fail before it counts"));
    }
}
