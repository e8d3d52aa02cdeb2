package sluice.http.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A certificate chain and the private key that belongs to its first certificate. */
record CertifiedKey(List<X509Certificate> chain, PrivateKey key) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final int MOST_BYTES = 1 << 20;
    private static final byte[] SAMPLE = "belongs together".getBytes(StandardCharsets.US_ASCII);

    CertifiedKey {
        chain = List.copyOf(chain);
    }

    /**
     * Reads two PEM files. A pair that does not belong together is refused: the files of a renewal are written one after
     * the other, and may be read in between.
     *
     * @throws IOException one line that names the file, and shows nothing of the key
     */
    static CertifiedKey read(Path certificates, Path key) throws IOException {
        byte[] pem = bytes(certificates);
        List<X509Certificate> chain;
        try {
            chain = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (GeneralSecurityException e) {
            throw new IOException(certificates + " holds no certificates in PEM form");
        }
        if (chain.isEmpty()) {
            throw new IOException(certificates + " holds no certificates in PEM form");
        }
        PublicKey open = chain.get(0).getPublicKey();
        PrivateKey secret = secret(key, open.getAlgorithm());
        if (!belongTogether(open, secret)) {
            throw new IOException("the key in " + key + " does not belong to the certificate in " + certificates);
        }
        return new CertifiedKey(chain, secret);
    }

    /** Whether the key is of the kind that a handshake asks for, such as {@code EC} or {@code RSASSA-PSS}. */
    boolean isOf(String kind) {
        String own = chain.get(0).getPublicKey().getAlgorithm();
        return own.equals(kind)
                || (own.equals("RSA") && kind.equals("RSASSA-PSS"))
                || (own.equals("EdDSA") && kind.startsWith("Ed"));
    }

    /** When the first of its certificates ends. */
    Instant end() {
        return chain.stream()
                .map(each -> each.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElse(Instant.EPOCH);
    }

    private static PrivateKey secret(Path file, String algorithm) throws IOException {
        Matcher pem = KEY.matcher(new String(bytes(file), StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new IOException(file + " holds no private key in PEM form (PKCS#8, not encrypted)");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + " holds no private key of the kind of its certificate (" + algorithm + ")");
        }
    }

    private static boolean belongTogether(PublicKey open, PrivateKey secret) {
        String algorithm = switch (open.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> open.getAlgorithm();
        };
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(secret);
            signing.update(SAMPLE);
            byte[] signature = signing.sign();
            Signature checking = Signature.getInstance(algorithm);
            checking.initVerify(open);
            checking.update(SAMPLE);
            return checking.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("missing " + file);
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " is larger than " + MOST_BYTES + " bytes");
        }
        return Files.readAllBytes(file);
    }

    @Override
    public String toString() {
        return "CertifiedKey[" + chain.get(0).getSubjectX500Principal() + "]";
    }
}
