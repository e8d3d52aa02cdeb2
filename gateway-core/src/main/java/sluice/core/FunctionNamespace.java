package sluice.core;

import java.util.Map;

/** A namespace that holds functions and secrets. */
public record FunctionNamespace(String name, Map<String, String> labels, Map<String, String> annotations) {
    /** The label and annotation that mark a namespace as ours: {@code openfaas=1}. */
    public static final String MARKER = "openfaas";

    public FunctionNamespace {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }
}
