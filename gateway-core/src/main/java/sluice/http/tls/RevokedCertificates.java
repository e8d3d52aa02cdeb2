package sluice.http.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which certificates count no longer, by lists that their authorities have signed (RFC 5280, 5). A list that is out of
 * date says nothing of today, so the certificates that it is about are not good until there is a new one. Immutable.
 *
 * @param lists null where nobody asked for any
 */
record RevokedCertificates(@Nullable List<X509CRL> lists) {
    private static final int MOST_BYTES = 16 << 20;

    /** Reads {@code file}; no name means that nothing is looked up. */
    static RevokedCertificates read(String file) throws IOException {
        if (file.isEmpty()) {
            return new RevokedCertificates(null);
        }
        Path path = Path.of(file);
        if (!Files.isRegularFile(path) || Files.size(path) > MOST_BYTES) {
            throw new IOException(path + " is missing or larger than " + MOST_BYTES + " bytes");
        }
        try {
            List<X509CRL> lists = new ArrayList<>();
            for (CRL each : CertificateFactory.getInstance("X.509")
                    .generateCRLs(new ByteArrayInputStream(Files.readAllBytes(path)))) {
                X509CRL list = (X509CRL) each;
                if (list.getCriticalExtensionOIDs() != null
                        && !list.getCriticalExtensionOIDs().isEmpty()) {
                    throw new IOException(path + " holds a list that is not about all certificates of its authority");
                }
                lists.add(list);
            }
            if (lists.isEmpty()) {
                throw new IOException(path + " holds no revocation list");
            }
            lists.sort(Comparator.comparing(X509CRL::getThisUpdate).reversed());
            return new RevokedCertificates(List.copyOf(lists));
        } catch (GeneralSecurityException e) {
            throw new IOException(path + " holds no revocation list that can be read", e);
        }
    }

    /**
     * Makes sure that none is revoked.
     *
     * @param path from the client's own certificate upwards; each is signed by the next one, the last by {@code authority}
     * @throws CertificateException when one is, or when nobody can tell for the first
     */
    void check(List<X509Certificate> path, X509Certificate authority, Instant now) throws CertificateException {
        if (lists == null) {
            return;
        }
        for (int i = 0; i < path.size(); i++) {
            X509Certificate issuer = i + 1 < path.size() ? path.get(i + 1) : authority;
            X509CRL list = listOf(issuer);
            if (list == null) {
                if (i == 0) {
                    throw new CertificateException("there is no revocation list of its authority");
                }
            } else if (list.getNextUpdate() != null
                    && list.getNextUpdate().toInstant().isBefore(now)) {
                throw new CertificateException("the revocation list of its authority is out of date");
            } else if (list.isRevoked(path.get(i))) {
                throw new CertificateException("it is revoked");
            }
        }
    }

    /** The newest one that {@code issuer} has signed. */
    private @Nullable X509CRL listOf(X509Certificate issuer) {
        for (X509CRL list : lists == null ? List.<X509CRL>of() : lists) {
            if (list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal()) && isSignedBy(list, issuer)) {
                return list;
            }
        }
        return null;
    }

    /** There may be several authorities of a name. */
    private static boolean isSignedBy(X509CRL list, X509Certificate issuer) {
        try {
            list.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
