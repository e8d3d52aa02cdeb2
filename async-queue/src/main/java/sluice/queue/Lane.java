package sluice.queue;

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

    @Override
    public String toString() {
        return queue + "/" + function;
    }
}
