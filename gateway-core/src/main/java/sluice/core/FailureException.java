package sluice.core;

/** An expected {@link Failure} on its way to the caller. Carries no stack trace: it is an answer, not a bug. */
public final class FailureException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Failure failure;
    private final Component component;

    FailureException(Failure failure, Component component, String message) {
        super(message, null, false, false);
        this.failure = failure;
        this.component = component;
    }

    public Failure failure() {
        return failure;
    }

    /** The part that failed. */
    public Component component() {
        return component;
    }

    /** The text for the client. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
