package sluice.http;

import java.util.Map;
import java.util.function.Predicate;
import sluice.core.FunctionName;
import sluice.core.watch.WatchedFunction;

/**
 * Which functions somebody wants to see, and may.
 *
 * @param scope the one namespace, or empty for all
 * @param permitted in which namespaces the reader may see functions
 */
record Selection(String scope, Predicate<FunctionName> fields, LabelSelector byLabels, Predicate<String> permitted) {
    /** Everything in a namespace. */
    static Selection of(String namespace) {
        return new Selection(namespace, name -> true, LabelSelector.ALL, any -> true);
    }

    boolean takes(FunctionName name) {
        return (scope.isEmpty() || scope.equals(name.namespace()))
                && fields.test(name)
                && permitted.test(name.namespace());
    }

    boolean takes(Map<String, String> labels) {
        return byLabels.takes(labels);
    }

    boolean takes(WatchedFunction function) {
        return takes(function.name())
                && byLabels.takes(WatchEvent.labels(function.function().deployment()));
    }

    /**
     * Reads a field selector, which knows a function's name and namespace.
     *
     * @throws sluice.core.FailureException for any other field
     */
    static Predicate<FunctionName> fields(String text) {
        Predicate<FunctionName> all = name -> true;
        for (String term : text.split(",", -1)) {
            if (!term.isBlank()) {
                all = all.and(field(term.trim(), text));
            }
        }
        return all;
    }

    private static Predicate<FunctionName> field(String term, String whole) {
        int equals = term.indexOf('=');
        boolean isUnwanted = equals > 0 && term.charAt(equals - 1) == '!';
        String key = equals < 0 ? term : term.substring(0, isUnwanted ? equals - 1 : equals);
        String value = term.substring(equals + 1).replaceFirst("^=", "");
        return switch (equals < 0 ? "" : key.trim()) {
            case "metadata.name" -> name -> name.name().equals(value.trim()) != isUnwanted;
            case "metadata.namespace" -> name -> name.namespace().equals(value.trim()) != isUnwanted;
            default ->
                throw Query.invalid(
                        "fieldSelector", whole, "must be metadata.name or metadata.namespace, =, == or != and a value");
        };
    }
}
