package sluice.http.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates clients may show: of the authorities in one file and of nobody else, not revoked, made for clients, with
 * keys that are long enough. The files are read again as they change. A session that is resumed carries a certificate that
 * was good once, so whoever uses one asks {@link #isGood} again. Thread-safe.
 */
public final class ClientAuthorities extends X509ExtendedTrustManager {
    private static final int MOST_BYTES = 4 << 20;
    private static final int LONGEST_PATH = 3; // authorities between the client's and one that is trusted

    private final ClientCertificates config;
    private volatile Loaded loaded;

    private ClientAuthorities(ClientCertificates config) throws IOException {
        this.config = config;
        this.loaded = read(config);
    }

    /** Reads the files; one line names what cannot be used. */
    static ClientAuthorities open(ClientCertificates config) throws IOException {
        return new ClientAuthorities(config);
    }

    private record Loaded(Set<X509Certificate> authorities, RevokedCertificates revoked) {}

    /** Takes over what the files say now; whether that is something else. */
    boolean reload() throws IOException {
        Loaded now = read(config);
        boolean hasChanged = !now.equals(loaded);
        loaded = now;
        return hasChanged;
    }

    /** Whether a certificate that a client has shown some time ago is still good. */
    public boolean isGood(Certificate[] chain) {
        try {
            check(Arrays.copyOf(chain, chain.length, X509Certificate[].class));
            return true;
        } catch (CertificateException | ArrayStoreException e) {
            return false;
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("this is for clients");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        throw new CertificateException("this is for clients");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("this is for clients");
    }

    /** None is named to clients: OpenSSL would go on naming those of the start, and clients keep back what they have. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        Loaded now = loaded;
        if (chain.length == 0) {
            throw new CertificateException("there is no certificate");
        }
        try {
            PKIXCertPathBuilderResult built = (PKIXCertPathBuilderResult)
                    CertPathBuilder.getInstance("PKIX").build(parameters(chain, now.authorities()));
            List<X509Certificate> path = new ArrayList<>();
            built.getCertPath().getCertificates().forEach(each -> path.add((X509Certificate) each));
            if (path.isEmpty()) {
                throw new CertificateException("it is one of an authority");
            }
            ClientRules.check(path);
            now.revoked().check(path, built.getTrustAnchor().getTrustedCert(), Instant.now());
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new CertificateException("it leads to no authority that is trusted", e);
        }
    }

    private static PKIXBuilderParameters parameters(X509Certificate[] chain, Set<X509Certificate> authorities)
            throws GeneralSecurityException {
        Set<TrustAnchor> anchors = new HashSet<>();
        authorities.forEach(each -> anchors.add(new TrustAnchor(each, null)));
        X509CertSelector own = new X509CertSelector();
        own.setCertificate(chain[0]);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, own);
        parameters.setRevocationEnabled(false); // what is revoked is looked up by RevokedCertificates
        parameters.setMaxPathLength(LONGEST_PATH);
        parameters.addCertStore(
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(Arrays.asList(chain))));
        return parameters;
    }

    private static Loaded read(ClientCertificates config) throws IOException {
        Path file = Path.of(config.authorities());
        if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " is missing or larger than " + MOST_BYTES + " bytes");
        }
        try {
            Set<X509Certificate> authorities = new HashSet<>();
            for (Certificate each : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))) {
                authorities.add((X509Certificate) each);
            }
            if (authorities.isEmpty()) {
                throw new IOException(file + " holds no certificate");
            }
            return new Loaded(Set.copyOf(authorities), RevokedCertificates.read(config.revoked()));
        } catch (CertificateException e) {
            throw new IOException(file + " holds no certificates in PEM form", e);
        }
    }
}
