package sluice.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * The target of a request for an asynchronous call. What stands behind the prefix is read as the data plane reads a
 * call: the name percent-decoded once, the rest of the path and the query never touched, dot segments sent away to the
 * clean path (reliability rule 7, rows H2 to H10).
 */
sealed interface AsyncTarget {
    /** Where calls are handed in, read and cancelled. */
    String ASYNC = "/async-function/";
    /** Where they are made by those who prefer no answer. */
    String SYNC = "/function/";

    /**
     * A function or a call is named.
     *
     * @param name the first segment behind the prefix, decoded: a function's name or a call id; never empty
     * @param rest all that follows, as sent; empty or beginning with {@code /} or {@code ?}
     * @param authority of an absolute target, or empty
     */
    record Named(String name, String rest, String authority) implements AsyncTarget {}

    /** The client should ask for {@code location}. */
    record Moved(String location) implements AsyncTarget {}

    /** Nobody answers. */
    record Refused(FailureException reason) implements AsyncTarget {}

    /** What {@code target} means behind {@code prefix}; null when it begins differently or names nothing. */
    static @Nullable AsyncTarget read(String target, String prefix) {
        int path = pathStart(target);
        if (path < 0 || !target.startsWith(prefix, path)) {
            return null;
        }
        int mark = target.indexOf('?', path);
        int pathEnd = mark < 0 ? target.length() : mark;
        int nameEnd = target.indexOf('/', path + prefix.length());
        nameEnd = nameEnd < 0 || nameEnd > pathEnd ? pathEnd : nameEnd;
        if (nameEnd == path + prefix.length()) {
            return null;
        }
        if (!isVisible(target) || target.contains("%00")) {
            return new Refused(invalid());
        }
        String clean = DotSegments.clean(target.substring(path, pathEnd));
        if (clean != null) {
            return new Moved(clean + target.substring(pathEnd));
        }
        String authority = path == 0 ? "" : target.substring(target.indexOf("//") + 2, path);
        return named(target.substring(path + prefix.length(), nameEnd), target.substring(nameEnd), authority);
    }

    private static AsyncTarget named(String raw, String rest, String authority) {
        try {
            String name = raw.indexOf('%') < 0 ? raw : Percent.decodePath(raw);
            return name.chars().anyMatch(c -> c < 0x20 || c == 0x7f)
                    ? new Refused(invalid())
                    : new Named(name, rest, authority);
        } catch (FailureException e) {
            return new Refused(e);
        }
    }

    /** Where the path begins: at once, or behind scheme and authority (RFC 9112, 3.2.2); -1 for another form. */
    private static int pathStart(String target) {
        if (target.startsWith("/")) {
            return 0;
        }
        int authority = target.regionMatches(true, 0, "http://", 0, 7)
                ? 7
                : target.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
        return authority < 0 ? -1 : target.indexOf('/', authority);
    }

    private static boolean isVisible(String target) {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= 0x20 || c >= 0x7f || c == '#') {
                return false;
            }
        }
        return true;
    }

    private static FailureException invalid() {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, "the request target is not a path this server can read");
    }

    /** The path under which the call of that id is read. */
    static String pathOf(String callId) {
        return ASYNC + Percent.encodeSegment(callId.getBytes(StandardCharsets.ISO_8859_1));
    }
}
