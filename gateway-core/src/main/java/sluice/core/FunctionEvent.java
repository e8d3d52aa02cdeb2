package sluice.core;

/** A function came, changed or went. {@code version} is that of the change; DELETED carries the last state. */
public record FunctionEvent(Type type, long version, FunctionStatus status) {
    /** The words of a Kubernetes watch. */
    public enum Type {
        ADDED,
        MODIFIED,
        DELETED
    }
}
