package sluice.queue.jetstream;

/** The message that was to be replaced is not the newest any more. */
final class Conflict extends RuntimeException {
    private static final long serialVersionUID = 1;

    Conflict() {
        super("another change came first", null, false, false);
    }
}
