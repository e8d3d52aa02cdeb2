package sluice.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/** Percent escapes (RFC 3986, 2.1), decoded exactly once. */
final class Percent {
    private static final String PLAIN_IN_SEGMENTS = "-._~!$&'()*+,;=:@";
    private static final String PLAIN_IN_PATHS = "/" + PLAIN_IN_SEGMENTS;

    private Percent() {}

    /**
     * The bytes that {@code text} stands for.
     *
     * @throws FailureException {@link Failure#INVALID_REQUEST} for a broken escape or an escaped NUL
     */
    static byte[] decode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                bytes.write(escaped(text, i));
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        return bytes.toByteArray();
    }

    /** A path as a field value: whatever is not plainly allowed in a path is escaped. */
    static String encodePath(byte[] path) {
        return encode(path, PLAIN_IN_PATHS);
    }

    /** One segment of a path as a field value. */
    static String encodeSegment(byte[] segment) {
        return encode(segment, PLAIN_IN_SEGMENTS);
    }

    private static String encode(byte[] bytes, String plain) {
        StringBuilder text = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            boolean isPlain = c < 0x80 && (Character.isLetterOrDigit(c) || plain.indexOf(c) >= 0);
            if (isPlain) {
                text.append(c);
            } else {
                text.append(String.format("%%%02X", (int) c));
            }
        }
        return text.toString();
    }

    static String decodePath(String path) {
        return new String(decode(path), StandardCharsets.ISO_8859_1); // a byte is a char: compared, never shown
    }

    private static int escaped(String text, int at) {
        int high = at + 2 < text.length() ? Character.digit(text.charAt(at + 1), 16) : -1;
        int low = at + 2 < text.length() ? Character.digit(text.charAt(at + 2), 16) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            throw Failure.INVALID_REQUEST.in(Component.GATEWAY, "invalid percent escape in the request target");
        }
        return high * 16 + low;
    }
}
