package sluice.core;

/** Every way in which Sluice refuses or fails, apart from a bug. One place turns each into an HTTP status. */
public enum Failure {
    /** The request is malformed or a field breaks a rule; the text names the field and the limit. */
    INVALID_REQUEST,
    NOT_AUTHENTICATED,
    NOT_PERMITTED,
    UNKNOWN_FUNCTION,
    /** A secret, namespace or other named thing of the control plane does not exist. */
    NOT_FOUND,
    /** It existed and is no longer kept. */
    GONE,
    METHOD_NOT_ALLOWED,
    /** Something of that name exists already. */
    CONFLICT,
    TOO_LARGE,
    /** A field of the head is longer than allowed. */
    HEAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    EXPECTATION_FAILED,
    REQUEST_TIMEOUT,
    /** A limit of the function or of the caller is reached; trying again later helps. */
    OVERLOADED,
    /** Passed through this gateway too often. */
    LOOP_DETECTED,
    /** The function's replica could not be reached, broke off, or spoke no HTTP. */
    UPSTREAM_FAILED,
    /** The function's replica made no progress within its timeout. */
    UPSTREAM_TIMEOUT,
    NO_READY_REPLICA,
    /** A limit of this process is reached, or it is draining. */
    UNAVAILABLE,
    /** The provider could not carry out a valid request. */
    PROVIDER_FAILED,
    /** The request is well-formed but contradicts an earlier one, such as a reused idempotency key. */
    UNPROCESSABLE,
    /** The journal of asynchronous calls is full or down; nothing was kept. */
    JOURNAL_UNAVAILABLE;

    /** The exception that carries this failure; {@code message} is shown to the client. */
    public FailureException in(Component component, String message) {
        return new FailureException(this, component, message);
    }
}
