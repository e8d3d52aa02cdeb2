package sluice.access;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Recognises the gateway's own tokens for /system among those on their way to functions, which must not get them: a
 * function that was handed one could act as its caller. Looks at the claims without checking the signature: dropping
 * what somebody only claims to have costs nobody anything.
 */
final class OwnToken {
    private static final String SCHEME = "bearer ";
    private static final int LONGEST = 64 * 1024;
    private static final byte[] KIND = "\"token_use\":\"api\"".getBytes(StandardCharsets.US_ASCII);

    private final byte[] issuer;

    OwnToken(String issuer) {
        this.issuer = ("\"iss\":\"" + issuer + "\"").getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the value of an {@code Authorization} field is such a token. */
    boolean is(CharSequence value) {
        int start = tokenStart(value);
        int first = indexOfDot(value, start);
        int second = first < 0 ? -1 : indexOfDot(value, first + 1);
        if (start < 0 || second < 0 || second - first > LONGEST) {
            return false;
        }
        byte[] encoded = new byte[second - first - 1];
        for (int i = 0; i < encoded.length; i++) {
            encoded[i] = (byte) value.charAt(first + 1 + i);
        }
        try {
            byte[] claims = Base64.getUrlDecoder().decode(encoded);
            return contains(claims, issuer) && contains(claims, KIND);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static int tokenStart(CharSequence value) {
        if (value.length() <= SCHEME.length()) {
            return -1;
        }
        for (int i = 0; i < SCHEME.length(); i++) {
            char c = value.charAt(i);
            if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != SCHEME.charAt(i)) {
                return -1;
            }
        }
        return SCHEME.length();
    }

    private static int indexOfDot(CharSequence value, int from) {
        for (int i = Math.max(0, from); from >= 0 && i < value.length(); i++) {
            if (value.charAt(i) == '.') {
                return i;
            }
        }
        return -1;
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            int j = 0;
            while (j < wanted.length && bytes[i + j] == wanted[j]) {
                j++;
            }
            if (j == wanted.length) {
                return true;
            }
        }
        return false;
    }
}
