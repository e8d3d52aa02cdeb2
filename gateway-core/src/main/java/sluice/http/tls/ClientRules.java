package sluice.http.tls;

import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;

/** What the certificate of a client must be, whoever has signed it. */
final class ClientRules {
    private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"; // RFC 5280, 4.2.1.12
    private static final int LEAST_RSA_BITS = 2_048;
    private static final int LEAST_EC_BITS = 256;

    private ClientRules() {}

    /** Checks the client's own certificate and the keys of the whole path. */
    static void check(List<X509Certificate> path) throws CertificateException {
        X509Certificate own = path.get(0);
        if (own.getBasicConstraints() >= 0) {
            throw new CertificateException("it is one of an authority");
        }
        boolean[] usage = own.getKeyUsage();
        if (!purposes(own).contains(CLIENT_AUTHENTICATION) || (usage != null && !usage[0])) {
            throw new CertificateException("it is not made for clients");
        }
        for (X509Certificate each : path) {
            if (!isStrong(each.getPublicKey())) {
                throw new CertificateException("its key, or one of its authorities, is too short");
            }
        }
    }

    private static List<String> purposes(X509Certificate certificate) throws CertificateParsingException {
        List<String> purposes = certificate.getExtendedKeyUsage();
        return purposes == null ? List.of() : purposes;
    }

    private static boolean isStrong(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return rsa.getModulus().bitLength() >= LEAST_RSA_BITS;
        }
        if (key instanceof ECPublicKey ec) {
            return ec.getParams().getOrder().bitLength() >= LEAST_EC_BITS;
        }
        return key instanceof EdECPublicKey;
    }
}
