package sluice.core;

import java.util.Map;

/**
 * The scaling labels of a function (OpenFaaS, {@code com.openfaas.scale.*}).
 *
 * @param min replicas never gone below while awake; 0 when the label is absent
 * @param max replicas never gone above
 */
public record ScaleLabels(int min, int max) {
    private static final int DEFAULT_MAX = 20;

    /** Reads the labels; one that is not a number counts as absent, since such a function must stay callable. */
    public static ScaleLabels from(Map<String, String> labels) {
        return new ScaleLabels(
                number(labels, "com.openfaas.scale.min", 0), number(labels, "com.openfaas.scale.max", DEFAULT_MAX));
    }

    private static int number(Map<String, String> labels, String key, int otherwise) {
        String text = labels.getOrDefault(key, "");
        return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : otherwise;
    }
}
