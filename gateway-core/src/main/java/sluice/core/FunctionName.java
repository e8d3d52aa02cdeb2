package sluice.core;

/** A function's name within its namespace; both are DNS labels (RFC 1123, 2.1). */
public record FunctionName(String name, String namespace) implements Comparable<FunctionName> {
    private static final int LONGEST_LABEL = 63;

    public FunctionName {
        requireLabel("service", name);
        requireLabel("namespace", namespace);
    }

    /**
     * Reads {@code NAME} or {@code NAME.NAMESPACE}: the namespace is what follows the last dot.
     *
     * @throws FailureException {@link Failure#INVALID_REQUEST} naming the part that is not a DNS label
     */
    public static FunctionName parse(String text, String defaultNamespace) {
        int dot = text.lastIndexOf('.');
        return dot < 0
                ? new FunctionName(text, defaultNamespace)
                : new FunctionName(text.substring(0, dot), text.substring(dot + 1));
    }

    /** Whether {@code text} is a DNS label of at most 63 characters. */
    public static boolean isLabel(String text) {
        int length = text.length();
        if (length == 0 || length > LONGEST_LABEL || text.charAt(0) == '-' || text.charAt(length - 1) == '-') {
            return false;
        }
        for (int i = 0; i < length; i++) { // by hand, since every call asks this several times
            char c = text.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** {@code NAME.NAMESPACE}, as in metric labels. */
    public String qualified() {
        return name + "." + namespace;
    }

    @Override
    public int compareTo(FunctionName other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return qualified();
    }

    private static void requireLabel(String field, String value) {
        if (value.isEmpty()) {
            throw Failure.INVALID_REQUEST.in(Component.GATEWAY, "validation failed: " + field + ": is required");
        }
        if (!isLabel(value)) {
            throw Failure.INVALID_REQUEST.in(
                    Component.GATEWAY,
                    "validation failed: " + field + ": (" + Text.printable(value)
                            + ") is invalid, must be a valid DNS entry of at most 63 characters");
        }
    }
}
