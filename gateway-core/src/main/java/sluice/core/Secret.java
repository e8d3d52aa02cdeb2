package sluice.core;

import java.util.Arrays;
import java.util.regex.Pattern;

/** A secret to be stored; its bytes never leave through the API, a log or {@link #toString}. */
public final class Secret {
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private final Id id;
    private final byte[] value;

    public Secret(Id id, byte[] value) {
        this.id = id;
        this.value = Arrays.copyOf(value, value.length);
    }

    public Id id() {
        return id;
    }

    /** A copy of the bytes; the caller may clear it. */
    public byte[] value() {
        return Arrays.copyOf(value, value.length);
    }

    @Override
    public String toString() {
        return "Secret[" + id + ", REDACTED]";
    }

    /** A secret's name within its namespace: DNS labels joined by dots, at most 253 characters. */
    public record Id(String name, String namespace) {
        public Id {
            if (name.isEmpty()) {
                throw Failure.INVALID_REQUEST.in(Component.GATEWAY, "validation failed: name: is required");
            }
            if (name.length() > 253 || !NAME.matcher(name).matches()) {
                throw Failure.INVALID_REQUEST.in(
                        Component.GATEWAY,
                        "validation failed: name: (" + Text.printable(name)
                                + ") is invalid, must be a DNS name of at most 253 characters");
            }
            if (!FunctionName.isLabel(namespace)) {
                throw Failure.INVALID_REQUEST.in(
                        Component.GATEWAY,
                        "validation failed: namespace: (" + Text.printable(namespace)
                                + ") is invalid, must be a valid DNS entry of at most 63 characters");
            }
        }
    }
}
