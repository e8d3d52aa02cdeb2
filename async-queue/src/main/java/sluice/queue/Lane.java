package sluice.queue;

import java.util.Map;
import java.util.regex.Pattern;
import sluice.core.FunctionName;

/**
 * What calls line up in: a function's calls within a named queue. The queue is what the function's annotation said when
 * the call was submitted, so a function can have calls in two.
 */
public record Lane(String queue, FunctionName function) {
    /** The queue of functions that name none (OpenFaaS queue worker). */
    public static final String DEFAULT_QUEUE = "faas-request";
    /** Annotation that names a function's queue: lower-case letters, digits, {@code _} and {@code -}. */
    public static final String QUEUE_ANNOTATION = "com.openfaas.queue";

    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]{1,64}");

    /** The queue that a function's annotations name; the default one when they name none, or none that can be. */
    public static String queueOf(Map<String, String> annotations) {
        String name = annotations.getOrDefault(QUEUE_ANNOTATION, "");
        return NAME.matcher(name).matches() ? name : DEFAULT_QUEUE;
    }

    @Override
    public String toString() {
        return queue + "/" + function;
    }
}
