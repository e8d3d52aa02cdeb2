package sluice.kube;

import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.GoDuration;
import sluice.core.Text;

/** Liveness and readiness probes out of settings and a function's annotations, those of OpenFaaS's older releases too. */
final class FunctionProbes {
    private static final String HEALTH = "com.openfaas.health.http.";
    private static final String READY = "com.openfaas.ready.http.";
    private static final String WATCHDOG_PATH = "/_/health";
    private static final String WATCHDOG_LOCK = "/tmp/.lock";
    private static final int HOUR = 3_600;

    private final KubeConfig config;

    FunctionProbes(KubeConfig config) {
        this.config = config;
    }

    Probe liveness(Map<String, String> annotations) {
        return probe(annotations, HEALTH, annotations.get(HEALTH + "path"), config.liveness(), false);
    }

    /** Asks where liveness asks, unless it is told otherwise. */
    Probe readiness(Map<String, String> annotations) {
        String path = annotations.getOrDefault(READY + "path", annotations.get(HEALTH + "path"));
        return probe(annotations, READY, path, config.readiness(), true);
    }

    private Probe probe(
            Map<String, String> annotations,
            String prefix,
            @Nullable String path,
            ProbeConfig otherwise,
            boolean hasSuccessThreshold) {
        int delay = legacyDelay(annotations, otherwise.initialDelaySeconds());
        ProbeBuilder probe = new ProbeBuilder()
                .withInitialDelaySeconds(number(annotations, prefix + "initialDelaySeconds", delay, 0))
                .withTimeoutSeconds(number(annotations, prefix + "timeoutSeconds", otherwise.timeoutSeconds(), 1))
                .withPeriodSeconds(number(annotations, prefix + "periodSeconds", otherwise.periodSeconds(), 1))
                .withSuccessThreshold(
                        hasSuccessThreshold
                                ? number(annotations, prefix + "successThreshold", otherwise.successThreshold(), 1)
                                : 1)
                .withFailureThreshold(
                        number(annotations, prefix + "failureThreshold", otherwise.failureThreshold(), 1));
        if (path == null && !config.httpProbe()) {
            return probe.withNewExec()
                    .withCommand("cat", WATCHDOG_LOCK)
                    .endExec()
                    .build();
        }
        return probe.withNewHttpGet()
                .withPath(requirePath(path == null ? WATCHDOG_PATH : path))
                .withNewPort(Marks.PORT)
                .endHttpGet()
                .build();
    }

    private static String requirePath(String path) {
        if (!path.startsWith("/")) {
            throw Marks.invalid("invalid " + HEALTH + "path or " + READY + "path: (" + Text.printable(path)
                    + ") must begin with /");
        }
        return path;
    }

    private static int legacyDelay(Map<String, String> annotations, int otherwise) {
        String text = annotations.get(HEALTH + "initialDelay");
        if (text == null) {
            return otherwise;
        }
        Duration delay = GoDuration.parse(text)
                .filter(d -> d.toSeconds() <= HOUR)
                .orElseThrow(() -> Marks.invalid("invalid " + HEALTH + "initialDelay duration format: ("
                        + Text.printable(text) + ") must be a Go duration of at most 1h"));
        return (int) delay.toSeconds();
    }

    private static int number(Map<String, String> annotations, String key, int otherwise, int least) {
        String text = annotations.get(key);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,4}") || Integer.parseInt(text) < least || Integer.parseInt(text) > HOUR) {
            throw Marks.invalid("invalid " + key + ": (" + Text.printable(text) + ") must be a whole number from "
                    + least + " to " + HOUR);
        }
        return Integer.parseInt(text);
    }
}
