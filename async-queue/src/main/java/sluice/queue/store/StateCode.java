package sluice.queue.store;

import sluice.core.calls.CallState;

/** The numbers of states in the file; they outlive the order of words in the code. */
final class StateCode {
    private static final CallState[] STATES = {
        CallState.QUEUED,
        CallState.RUNNING,
        CallState.RETRYING,
        CallState.COMPLETED,
        CallState.DEAD,
        CallState.CANCELLED,
        CallState.EXPIRED
    };

    private StateCode() {}

    static int of(CallState state) {
        return switch (state) {
            case QUEUED -> 0;
            case RUNNING -> 1;
            case RETRYING -> 2;
            case COMPLETED -> 3;
            case DEAD -> 4;
            case CANCELLED -> 5;
            case EXPIRED -> 6;
        };
    }

    static CallState parse(int code) {
        return STATES[code];
    }
}
