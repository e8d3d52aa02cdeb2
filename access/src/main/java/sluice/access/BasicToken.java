package sluice.access;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * The token of an {@code Authorization: Basic} value (RFC 7617), as a range of the value: the scheme in any case, one or
 * more spaces, the token with or without its padding.
 *
 * <p>There is exactly one spelling of a token. Were an encoding with other unused bits accepted too, a credential of the
 * gateway could be written so that it passes the gate and yet is not recognised when it must be kept from a function.
 */
final class BasicToken {
    private static final String SCHEME = "basic ";
    private static final int MAX_CHARS = (Credentials.MAX_BYTES * 4 + 2) / 3;
    private static final byte[] NONE = {};

    private BasicToken() {}

    /** Whether {@code value} is the token of {@code credentials}; allocates nothing. */
    static boolean is(Credentials credentials, CharSequence value) {
        return hasScheme(value) && credentials.matchToken(value, start(value), end(value));
    }

    /** The bytes of the token; empty when {@code value} is of another scheme, too long, or not Base64. */
    static byte[] decode(String value) {
        if (!hasScheme(value) || end(value) - start(value) > MAX_CHARS) {
            return NONE;
        }
        byte[] token = value.substring(start(value), end(value)).getBytes(StandardCharsets.ISO_8859_1);
        try {
            byte[] pair = Base64.getDecoder().decode(token);
            return Arrays.equals(Base64.getEncoder().withoutPadding().encode(pair), token) ? pair : NONE;
        } catch (IllegalArgumentException e) {
            return NONE;
        }
    }

    private static boolean hasScheme(CharSequence value) {
        if (value.length() < SCHEME.length()) {
            return false;
        }
        for (int i = 0; i < SCHEME.length(); i++) {
            char c = value.charAt(i);
            if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != SCHEME.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int start(CharSequence value) {
        int start = SCHEME.length();
        while (start < value.length() && value.charAt(start) == ' ') {
            start++;
        }
        return start;
    }

    private static int end(CharSequence value) {
        int end = value.length();
        int padding = 0;
        while (padding < 2 && end > start(value) && value.charAt(end - 1) == '=') {
            end--;
            padding++;
        }
        return end;
    }
}
