package sluice.core;

/**
 * Where one replica of a function answers.
 *
 * @param replica its identity, unique for the life of the provider: an address may be used again, this never is
 * @param host an IP literal or a name that needs no look-up; taken from the provider, never from a call
 * @param port TCP
 * @param state whether it takes calls
 */
public record Endpoint(String replica, String host, int port, State state) {
    /** What may be done with a replica. */
    public enum State {
        STARTING,
        READY,
        /** Takes no new call; running ones finish. */
        DRAINING
    }

    public boolean isReady() {
        return state == State.READY;
    }
}
