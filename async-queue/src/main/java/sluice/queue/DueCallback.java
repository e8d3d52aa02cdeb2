package sluice.queue;

import java.net.URI;
import sluice.core.calls.CallRecord;

/**
 * A callback to deliver. Its body and headers are the call's kept answer.
 *
 * @param url with its user-info; not for logs
 * @param submittedName the function as the client named it, for {@code X-Function-Name}
 * @param number deliveries begun so far, this one included; from 1
 * @param seconds wall time of the call's last attempt
 */
public record DueCallback(
        Rid rid, URI url, String submittedName, int number, double seconds, boolean hasAnswer, CallRecord record) {
    /** Without the URL, which may hold a password. */
    @Override
    public String toString() {
        return "callback " + number + " of " + rid;
    }
}
