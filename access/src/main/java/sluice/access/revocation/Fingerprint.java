package sluice.access.revocation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import sluice.core.Revocations.Kind;

/** The names under which things are denied: short, and telling nothing of what they stand for. */
final class Fingerprint {
    private static final int BYTES = 16;

    private Fingerprint() {}

    /** 128 bits of a digest, in hex; of parts that may hold anything. */
    static String of(Kind kind, String issuer, String value) {
        MessageDigest digest = sha256();
        for (String part : new String[] {kind.word(), issuer, value}) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII)); // no part reaches into the next
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), BYTES));
    }

    /** The whole digest of a certificate, in hex, as {@code openssl x509 -fingerprint -sha256} has it but for colons. */
    static String of(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(sha256().digest(certificate.getEncoded()));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was parsed has a DER form", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
