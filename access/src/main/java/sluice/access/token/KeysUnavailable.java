package sluice.access.token;

/** An issuer's keys cannot be had now. The message is for the log; the issuer is in it, a token never is. */
public final class KeysUnavailable extends Exception {
    private static final long serialVersionUID = 1;

    KeysUnavailable(String message) {
        super(message, null, false, false);
    }
}
