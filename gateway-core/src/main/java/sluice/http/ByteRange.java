package sluice.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One range of bytes that a client asks for (RFC 9110, 14.1.2). Several ranges, other units and malformed ones are
 * passed over, so that the whole is sent, as the RFC has it.
 *
 * @param first from 0, or -1 for the last {@code last} bytes
 * @param last the last byte itself, or {@link Long#MAX_VALUE} for all that follow
 */
record ByteRange(long first, long last) {
    private static final Pattern SINGLE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    /** The range of a {@code Range} field, or null when there is none to be heeded. */
    static @Nullable ByteRange parse(@Nullable String field) {
        Matcher single = field == null ? null : SINGLE.matcher(field.strip());
        if (single == null || !single.matches()) {
            return null;
        }
        String first = single.group(1);
        String last = single.group(2);
        if (first.isEmpty()) {
            return last.isEmpty() ? null : new ByteRange(-1, Long.parseLong(last));
        }
        ByteRange range = new ByteRange(Long.parseLong(first), last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last));
        return range.last < range.first ? null : range;
    }

    /** The part of {@code length} bytes that is meant, or null when none of them is. */
    @Nullable Part of(long length) {
        if (first < 0) {
            return last == 0 || length == 0 ? null : new Part(Math.max(0, length - last), length, false);
        }
        return first >= length ? null : new Part(first, Math.min(last, length - 1) + 1, false);
    }

    /**
     * Bytes of a body.
     *
     * @param from first byte
     * @param to behind the last one
     * @param isWhole whether no range was asked for
     */
    record Part(long from, long to, boolean isWhole) {
        long length() {
            return to - from;
        }

        String contentRange(long whole) {
            return "bytes " + from + "-" + (to - 1) + "/" + whole;
        }
    }
}
