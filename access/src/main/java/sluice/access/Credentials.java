package sluice.access;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * A user of the control plane and the password, as digests and as the token that HTTP Basic makes of them (RFC
 * 7617). Immutable. Comparisons take the same time whether or not, and wherever, a guess is wrong.
 */
final class Credentials {
    /** Longest {@code user:password} in bytes; longer ones are refused, here and in requests. */
    static final int MAX_BYTES = 1_024;

    private final String user;
    private final byte[] userDigest;
    private final byte[] passwordDigest;
    private final byte[] token;

    private Credentials(String user, byte[] userDigest, byte[] passwordDigest, byte[] token) {
        this.user = user;
        this.userDigest = userDigest;
        this.passwordDigest = passwordDigest;
        this.token = token;
    }

    /**
     * Credentials of these two, which clients can send.
     *
     * @throws IOException saying what is wrong with them, never showing the password
     */
    static Credentials of(String user, String password) throws IOException {
        if (user.isEmpty() || password.isEmpty()) {
            throw new IOException("user and password must not be empty");
        }
        if (user.indexOf(':') >= 0) {
            throw new IOException("the user must not contain a colon, which HTTP Basic puts after it");
        }
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        if (pair.length > MAX_BYTES) {
            throw new IOException("user and password must not exceed " + (MAX_BYTES - 1) + " bytes together");
        }
        try {
            return new Credentials(
                    user,
                    sha256(ByteBuffer.wrap(user.getBytes(StandardCharsets.UTF_8))),
                    sha256(ByteBuffer.wrap(password.getBytes(StandardCharsets.UTF_8))),
                    Base64.getEncoder().withoutPadding().encode(pair));
        } finally {
            Arrays.fill(pair, (byte) 0);
        }
    }

    String user() {
        return user;
    }

    /** Whether a user and a password with these digests are this pair. */
    boolean match(byte[] user, byte[] password) {
        boolean isUser = MessageDigest.isEqual(user, userDigest);
        boolean isPassword = MessageDigest.isEqual(password, passwordDigest);
        return isUser && isPassword; // both are compared: a wrong user takes as long as a wrong password
    }

    /**
     * Whether these characters of a field value are the token of these credentials. Allocates nothing, and a value of
     * another length, which is nearly every value of a function's own scheme, costs one comparison.
     */
    boolean matchToken(CharSequence value, int start, int end) {
        if (end - start != token.length) {
            return false;
        }
        int differences = 0;
        for (int i = 0; i < token.length; i++) {
            differences |= value.charAt(start + i) ^ token[i];
        }
        return differences == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Credentials that && MessageDigest.isEqual(token, that.token);
    }

    @Override
    public int hashCode() {
        return user.hashCode();
    }

    @Override
    public String toString() {
        return "Credentials[" + user + ", REDACTED]";
    }

    static byte[] sha256(ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
