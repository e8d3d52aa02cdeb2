package sluice.core;

/** The part of Sluice that an answer or a failure comes from; its {@link #wireName()} is what clients see. */
public enum Component {
    GATEWAY("gateway"),
    INVOKER("proxy"), // OpenFaaS's word in X-OpenFaaS-Internal, which retry rules of clients look for
    ACCESS("access"),
    PROVIDER("provider"),
    QUEUE("queue"),
    FUNCTION("function");

    private final String wireName;

    Component(String wireName) {
        this.wireName = wireName;
    }

    /** The value of {@code X-OpenFaaS-Internal}. */
    public String wireName() {
        return wireName;
    }
}
