package sluice.core;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the data plane needs to know of a function beside its replicas, read once from its labels, annotations and
 * environment when it changes.
 *
 * @param upstreamTimeout annotation {@code sluice_upstream_timeout} (Go duration), or null for the gateway's
 * @param maxInflightPerReplica environment variable {@code max_inflight}; 0 means no limit
 * @param maxWait annotation {@code sluice_max_wait}: calls that may wait for a slot, or -1 for the gateway's
 * @param wakeReplicas replicas asked for when a call finds none
 * @param guard whether it asks who is calling
 * @param corsOrigins annotation {@code sluice_cors_origins}: whose pages may call it from a browser; empty when the gateway
 *     leaves that to the function
 */
public record FunctionSettings(
        FunctionName name,
        @Nullable Duration upstreamTimeout,
        int maxInflightPerReplica,
        int maxWait,
        int wakeReplicas,
        Guard guard,
        List<String> corsOrigins) {
    /** Annotation with the longest wait for the function, a Go duration; never above the gateway's. */
    public static final String UPSTREAM_TIMEOUT = "sluice_upstream_timeout";
    /** Annotation with the number of calls that may wait. */
    public static final String MAX_WAIT = "sluice_max_wait";
    /** Annotation with the origins of pages that may call it, commas between them; {@code *} for all. */
    public static final String CORS_ORIGINS = "sluice_cors_origins";
    /** Environment variable with the slots of one replica, as the OpenFaaS watchdog reads it. */
    public static final String MAX_INFLIGHT = "max_inflight";

    private static final int MOST = 1_000_000;
    private static final int MOST_ORIGINS = 20;
    private static final Pattern ORIGIN = Pattern.compile("[a-z][a-z0-9+.-]{0,30}://[A-Za-z0-9._:\\[\\]-]{1,255}");

    /** Reads the settings; values that {@link #validate} would refuse count as absent (they came by another door). */
    public static FunctionSettings from(FunctionDeployment deployment) {
        Map<String, String> annotations = deployment.annotations();
        return new FunctionSettings(
                deployment.name(),
                GoDuration.parse(annotations.getOrDefault(UPSTREAM_TIMEOUT, ""))
                        .filter(timeout -> !timeout.isZero())
                        .orElse(null),
                number(deployment.envVars().getOrDefault(MAX_INFLIGHT, ""), 0),
                number(annotations.getOrDefault(MAX_WAIT, ""), -1),
                deployment.initialReplicas(),
                Guard.of(deployment),
                origins(annotations.getOrDefault(CORS_ORIGINS, "")));
    }

    /**
     * Refuses a deployment whose settings cannot be read.
     *
     * @throws FailureException {@link Failure#INVALID_REQUEST} that names the annotation or variable
     */
    public static void validate(FunctionDeployment deployment) {
        String timeout = deployment.annotations().get(UPSTREAM_TIMEOUT);
        if (timeout != null
                && GoDuration.parse(timeout).filter(d -> !d.isZero()).isEmpty()) {
            throw refuse("annotations." + UPSTREAM_TIMEOUT, timeout, "must be a Go duration above 0, such as 90s");
        }
        String origins = deployment.annotations().get(CORS_ORIGINS);
        if (origins != null && origins(origins).isEmpty()) {
            throw refuse(
                    "annotations." + CORS_ORIGINS,
                    origins,
                    "must be * or at most " + MOST_ORIGINS
                            + " origins such as https://app.example.net, comma between them");
        }
        Guard.validate(deployment);
        requireNumber("annotations." + MAX_WAIT, deployment.annotations().get(MAX_WAIT));
        requireNumber("envVars." + MAX_INFLIGHT, deployment.envVars().get(MAX_INFLIGHT));
    }

    /** Empty when one of them is none. */
    private static List<String> origins(String text) {
        List<String> origins =
                Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        boolean isRight = origins.equals(List.of("*"))
                || (origins.size() <= MOST_ORIGINS
                        && origins.stream()
                                .allMatch(each -> ORIGIN.matcher(each).matches()));
        return isRight ? origins : List.of();
    }

    private static void requireNumber(String field, @Nullable String value) {
        if (value != null && number(value, -1) < 0) {
            throw refuse(field, value, "must be a whole number from 0 to " + MOST);
        }
    }

    private static FailureException refuse(String field, String value, String rule) {
        return Failure.INVALID_REQUEST.in(
                Component.GATEWAY, "validation failed: " + field + ": (" + Text.printable(value) + ") " + rule);
    }

    private static int number(String text, int otherwise) {
        return text.matches("[0-9]{1,7}") && Integer.parseInt(text) <= MOST ? Integer.parseInt(text) : otherwise;
    }
}
