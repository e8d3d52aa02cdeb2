package sluice.kube;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The key with which a kubeconfig's user proves to be who its certificate names. */
final class ClientKey {
    private static final Pattern PEM = Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]*)-----END");

    private ClientKey() {}

    /**
     * The client library reads keys of elliptic curves with a further library, which we do not have, and says so in its own
     * words only.
     *
     * @throws IllegalArgumentException when the key is one of those
     */
    static void requireReadable(Config config) {
        Matcher pem = PEM.matcher(text(config));
        if (pem.find() && (pem.group(1).startsWith("EC ") || isElliptic(pem.group(2)))) {
            throw new IllegalArgumentException(
                    "the user's client key is of the kind EC, which cannot be read here: give the user a key of the kind RSA,"
                            + " or a token (kubectl create token)");
        }
    }

    private static boolean isElliptic(String encoded) {
        try {
            PrivateKey unused = KeyFactory.getInstance("EC")
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(encoded)));
            return true;
        } catch (GeneralSecurityException e) {
            return false; // of another kind, or none at all
        }
    }

    /** Empty when there is none, or none that can be read: the client library will say so. */
    private static String text(Config config) {
        try {
            if (config.getClientKeyData() != null) {
                return new String(Base64.getMimeDecoder().decode(config.getClientKeyData()), US_ASCII);
            }
            return config.getClientKeyFile() == null
                    ? ""
                    : Files.readString(Path.of(config.getClientKeyFile()), US_ASCII);
        } catch (IOException | IllegalArgumentException e) {
            return "";
        }
    }
}
