package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A secret of the Standard Webhooks scheme (version 1.0), as a receiver checks with it. Never shown. */
final class WebhookKey {
    private static final String PREFIX = "whsec_";
    private static final int BYTES = 32;

    private final byte[] secret;

    private WebhookKey(byte[] secret) {
        this.secret = secret;
    }

    static WebhookKey random() {
        byte[] secret = new byte[BYTES];
        new SecureRandom().nextBytes(secret);
        return new WebhookKey(secret);
    }

    static WebhookKey parse(String text) {
        return new WebhookKey(Base64.getDecoder().decode(text.substring(PREFIX.length())));
    }

    /** The line of the key file. */
    String text() {
        return PREFIX + Base64.getEncoder().encodeToString(secret);
    }

    /**
     * Whether one of {@code signatures} is that of this secret over id, timestamp and body.
     *
     * @param signatures the field: {@code v1,BASE64}, with spaces between several
     */
    boolean verifies(String id, String timestamp, byte[] body, String signatures) {
        byte[] own = signature(id, timestamp, body);
        for (String one : signatures.split(" ", -1)) {
            if (MessageDigest.isEqual(own, one.getBytes(UTF_8))) {
                return true;
            }
        }
        return false;
    }

    private byte[] signature(String id, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
            return ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(UTF_8);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC with SHA-256", e);
        }
    }
}
