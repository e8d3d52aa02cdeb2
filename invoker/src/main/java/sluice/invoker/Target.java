package sluice.invoker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The request target, read once: is it a call of a function, which one, and what path does the function see. Belongs to
 * the event loop, like {@link Head}.
 *
 * <p>The name is percent-decoded once, the rest never (reliability rule 7). What begins with anything but
 * {@code /function/NAME} is not ours and goes down to the control plane, which decides about it by its own rules.
 */
final class Target {
    /** Who the target is for. */
    enum Kind {
        FUNCTION,
        CONTROL,
        REDIRECT,
        NOT_FOUND,
        BAD
    }

    private static final byte[] PREFIX = "/function/".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_NAME = 253;

    /** NAME or NAME.NAMESPACE, decoded, at most 253 bytes. */
    final byte[] name = new byte[LONGEST_NAME];

    int nameLength;
    /** What the function sees, in the head's bytes: the rest of the path with its query. Empty means {@code /}. */
    int restStart;

    int end;
    /** Authority of an absolute target, in the head's bytes; an empty range for the ordinary form. */
    int authorityStart;

    int authorityEnd;
    /** Where the path begins, in the head's bytes. */
    int pathStart;
    /** Where to send the client instead, for {@link Kind#REDIRECT}. */
    @Nullable String location;

    /** Whether the function was found by host and path; its name is not in the target then. */
    boolean isMapped;

    /** Reads {@code bytes[from, to)}, all of it visible ASCII. */
    Kind read(byte[] bytes, int from, int to) {
        authorityStart = from;
        authorityEnd = from;
        end = to;
        location = null;
        isMapped = false;
        pathStart = from;
        if (bytes[from] != '/' && !skipAuthority(bytes, from, to)) {
            return Kind.BAD;
        }
        if (!startsWithPrefix(bytes, pathStart, to)) {
            return Kind.CONTROL;
        }
        int pathEnd = pathEnd(bytes, pathStart, to);
        if (hasNul(bytes, pathStart, to)) {
            return Kind.BAD;
        }
        if (hasDotSegment(bytes, pathStart, pathEnd)) {
            location = clean(bytes, pathStart, pathEnd)
                    + new String(bytes, pathEnd, to - pathEnd, StandardCharsets.US_ASCII);
            return Kind.REDIRECT;
        }
        return readName(bytes, pathStart + PREFIX.length, pathEnd);
    }

    /**
     * After {@link Kind#CONTROL}: the function that {@code hosts} has for the host and path, if there is one. A path that
     * begins with {@code /function/} never comes this far; that is what an ingress controller sends that has rewritten it.
     *
     * @param bytes those of {@link #read}
     * @param host where the Host field is, {@code [hostFrom, hostTo)} of it; an absolute target's own authority wins
     */
    Kind map(HostTable hosts, byte[] bytes, byte[] host, int hostFrom, int hostTo) {
        HostTable.Host found = authorityEnd > authorityStart
                ? hosts.find(bytes, authorityStart, authorityEnd)
                : hosts.find(host, hostFrom, hostTo);
        if (found == null) {
            return Kind.CONTROL;
        }
        int pathEnd = pathEnd(bytes, pathStart, end);
        HostTable.Path path = found.find(bytes, pathStart, pathEnd);
        if (path == null) {
            return Kind.CONTROL;
        }
        if (hasNul(bytes, pathStart, end)) {
            return Kind.BAD;
        }
        if (hasDotSegment(bytes, pathStart, pathEnd)) {
            location = clean(bytes, pathStart, pathEnd)
                    + new String(bytes, pathEnd, end - pathEnd, StandardCharsets.US_ASCII);
            return Kind.REDIRECT;
        }
        isMapped = true;
        nameLength = path.function.length;
        System.arraycopy(path.function, 0, name, 0, nameLength);
        restStart = path.restStart(pathStart);
        return Kind.FUNCTION;
    }

    private Kind readName(byte[] bytes, int from, int pathEnd) {
        int at = from;
        nameLength = 0;
        boolean isPlain = true;
        while (at < pathEnd && bytes[at] != '/') {
            int c = bytes[at++];
            if (c == '%') {
                int high = at + 1 < pathEnd ? Lengths.hex(bytes[at]) : -1;
                int low = at + 1 < pathEnd ? Lengths.hex(bytes[at + 1]) : -1;
                if (high < 0 || low < 0) {
                    return Kind.BAD;
                }
                c = high << 4 | low;
                at += 2;
                if (c < 0x20 || c == 0x7f) {
                    return Kind.BAD;
                }
            }
            isPlain &= isNameByte(c);
            if (nameLength == LONGEST_NAME) {
                return Kind.NOT_FOUND;
            }
            name[nameLength++] = (byte) c;
        }
        restStart = at;
        if (nameLength == 0) {
            return Kind.CONTROL; // "/function/" alone is no route of ours
        }
        return isPlain ? Kind.FUNCTION : Kind.NOT_FOUND;
    }

    /** The name as text, for messages; its bytes are {@code [-a-zA-Z0-9_.]} after {@link Kind#FUNCTION}. */
    String nameText() {
        return new String(name, 0, nameLength, StandardCharsets.ISO_8859_1);
    }

    private boolean skipAuthority(byte[] bytes, int from, int to) {
        int scheme = to - from > 7 && Field.is(bytes, from, "http://")
                ? 7
                : to - from > 8 && Field.is(bytes, from, "https://") ? 8 : 0;
        if (scheme == 0) {
            return false;
        }
        int at = from + scheme;
        authorityStart = at;
        while (at < to && bytes[at] != '/' && bytes[at] != '?') {
            at++;
        }
        authorityEnd = at;
        pathStart = at;
        return at < to
                && bytes[at] == '/'
                && at > authorityStart
                && RequestFacts.isHost(bytes, authorityStart, authorityEnd);
    }

    private static boolean startsWithPrefix(byte[] bytes, int from, int to) {
        if (to - from <= PREFIX.length) {
            return false;
        }
        for (int i = 0; i < PREFIX.length; i++) {
            if (bytes[from + i] != PREFIX[i]) {
                return false;
            }
        }
        return true;
    }

    private static int pathEnd(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != '?') {
            at++;
        }
        return at;
    }

    private static boolean hasNul(byte[] bytes, int from, int to) {
        for (int at = from; at + 2 < to; at++) {
            if (bytes[at] == '%' && bytes[at + 1] == '0' && bytes[at + 2] == '0') {
                return true;
            }
        }
        return false;
    }

    private static boolean hasDotSegment(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            int separator = separatorLength(bytes, at, to);
            if (separator > 0) {
                int next = at + separator;
                int dot = dotLength(bytes, next, to);
                if (dot > 0) { // a candidate: "/." or "/.."
                    int second = dotLength(bytes, next + dot, to);
                    int stop = next + dot + second;
                    if (stop == to || separatorLength(bytes, stop, to) > 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static int separatorLength(byte[] bytes, int at, int to) {
        if (bytes[at] == '/') {
            return 1;
        }
        return isEncoded(bytes, at, to, '2', 'f') ? 3 : 0;
    }

    private static int dotLength(byte[] bytes, int at, int to) {
        if (at >= to) {
            return 0;
        }
        if (bytes[at] == '.') {
            return 1;
        }
        return isEncoded(bytes, at, to, '2', 'e') ? 3 : 0;
    }

    private static boolean isEncoded(byte[] bytes, int at, int to, char high, char low) {
        return bytes[at] == '%' && at + 2 < to && bytes[at + 1] == high && (bytes[at + 2] | 0x20) == low;
    }

    /** The path without dot segments; an encoded slash counts as a slash, as it does once a server has decoded it. */
    private static String clean(byte[] bytes, int from, int to) {
        String path = new String(bytes, from, to - from, StandardCharsets.US_ASCII).replaceAll("%2[fF]", "/");
        List<String> kept = new ArrayList<>();
        for (String segment : path.substring(1).split("/", -1)) {
            String dots = segment.replaceAll("%2[eE]", ".");
            if (dots.equals("..")) {
                if (!kept.isEmpty()) {
                    kept.remove(kept.size() - 1);
                }
            } else if (!dots.equals(".") && !(segment.isEmpty() && kept.isEmpty())) {
                kept.add(segment); // no leading empty segment: a location that begins with // names another host
            }
        }
        return "/" + String.join("/", kept);
    }

    private static boolean isNameByte(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= '0' && c <= '9')
                || (c >= 'A' && c <= 'Z')
                || c == '-'
                || c == '_'
                || c == '.';
    }
}
