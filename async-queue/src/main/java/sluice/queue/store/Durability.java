package sluice.queue.store;

/** What a completed write has survived. */
public enum Durability {
    /** A power loss: the log is synced at each commit. */
    SYNCED("FULL"),
    /** A crash of the process, not of the machine: for files that can be made anew from elsewhere. */
    DISPOSABLE("OFF");

    private final String synchronous;

    Durability(String synchronous) {
        this.synchronous = synchronous;
    }

    /** The value of SQLite's pragma {@code synchronous}. */
    String synchronous() {
        return synchronous;
    }
}
