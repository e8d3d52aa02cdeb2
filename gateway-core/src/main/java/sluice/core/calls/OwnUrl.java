package sluice.core.calls;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL of this gateway that calls a function.
 *
 * @param isAsync whether the call is to be queued
 * @param name {@code NAME} or {@code NAME.NAMESPACE}, as in the URL
 * @param target path and query behind the name, as in {@link Submission#target}
 */
public record OwnUrl(boolean isAsync, String name, String target) {
    private static final Pattern CALL =
            Pattern.compile("/(async-)?function/([-a-z0-9]{1,63}(?:\\.[-a-z0-9]{1,63})?)(/[^?]*)?");
    private static final Pattern DOT_SEGMENT =
            Pattern.compile("(?:/|%2f)(?:\\.|%2e){1,2}(?:/|%2f|$)", Pattern.CASE_INSENSITIVE);

    /** Reads the path of {@code url}; empty when it calls no function, or not in a way that has one meaning. */
    public static Optional<OwnUrl> of(URI url) {
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        Matcher call = CALL.matcher(path);
        if (!call.matches() || DOT_SEGMENT.matcher(path).find()) {
            return Optional.empty();
        }
        String rest = call.group(3) == null ? "" : call.group(3);
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        return Optional.of(new OwnUrl(call.group(1) != null, call.group(2), rest + query));
    }
}
