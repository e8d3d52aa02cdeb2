package sluice.http.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the certificate of a handshake by the name that the client says. An alias is the name of one certificate in one
 * state of the files, so that a handshake which began before a change ends with the key that it began with. Thread-safe.
 */
final class NamedKeys extends X509ExtendedKeyManager {
    private static final String WILDCARD = "_.";

    private final Supplier<Loaded> loaded;

    /** @param loaded what is in force at the moment */
    NamedKeys(Supplier<Loaded> loaded) {
        this.loaded = loaded;
    }

    /**
     * What the files say.
     *
     * @param number of this state
     * @param domains by name in lower case; {@code _.example.net} for all that are one label longer
     * @param before the state before this one, whose handshakes may not have ended yet; null for the first
     */
    record Loaded(
            long number,
            CertifiedKey standard,
            Map<String, CertifiedKey> domains,
            @Nullable Loaded before) {
        boolean says(CertifiedKey key, Map<String, CertifiedKey> others) {
            return standard.equals(key) && domains.equals(others);
        }

        private String aliasFor(String name) {
            String domain = name.toLowerCase(Locale.ROOT);
            if (domains.containsKey(domain)) {
                return number + "/" + domain;
            }
            String wildcard = WILDCARD + domain.substring(domain.indexOf('.') + 1);
            return number + "/" + (domains.containsKey(wildcard) ? wildcard : "");
        }

        private @Nullable CertifiedKey find(String alias) {
            int slash = alias.indexOf('/');
            if (slash < 0) {
                return null;
            }
            if (alias.substring(0, slash).equals(Long.toString(number))) {
                String domain = alias.substring(slash + 1);
                return domain.isEmpty() ? standard : domains.get(domain);
            }
            return before == null ? null : before.find(alias);
        }
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        Loaded now = loaded.get();
        String alias = now.aliasFor(nameIn(engine));
        CertifiedKey key = now.find(alias);
        return key != null && key.isOf(keyType) ? alias : null;
    }

    private static String nameIn(@Nullable SSLEngine engine) {
        if (engine != null && engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return "";
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        CertifiedKey key = loaded.get().find(alias);
        return key == null ? null : key.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        CertifiedKey key = loaded.get().find(alias);
        return key == null ? null : key.key();
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null; // the server works with engines
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }
}
