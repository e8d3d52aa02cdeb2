package sluice.access.privacy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.security.Jwks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A key pair of a namespace. What is stored of it is JSON; the private half is sealed where there is a master key.
 *
 * @param id thumbprint of the public half (RFC 7638)
 * @param secret null when it cannot be read here: then it checks and does not sign
 */
record NamespaceKey(
        String id,
        Instant created,
        RSAPublicKey open,
        @Nullable PrivateKey secret) {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Bytes of SubjectPublicKeyInfo before the RSAPublicKey within, for keys of 2,048 to 4,096 bits (RFC 3279, 2.3.1). */
    private static final int PKCS1_OFFSET = 24;

    /** Makes a new pair. Takes a good part of a second. */
    static NamespaceKey generate(int bits, Instant now) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            KeyPair pair = generator.generateKeyPair();
            RSAPublicKey open = (RSAPublicKey) pair.getPublic();
            return new NamespaceKey(thumbprint(open), now, open, pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has RSA", e);
        }
    }

    /** A token in compact form: these two parts, signed with RS256. */
    String sign(byte[] payload) {
        PrivateKey mine = secret;
        if (mine == null) {
            throw new IllegalStateException("the private half is not known here");
        }
        String header = "{\"alg\":\"RS256\",\"kid\":\"" + id + "\",\"typ\":\"JWT\"}";
        String text = base64(header.getBytes(StandardCharsets.US_ASCII)) + "." + base64(payload);
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(mine);
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return text + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK signs with RSA", e);
        }
    }

    /** The public half as PKCS#1 (RFC 8017, A.1.1), which is the form that Scaleway's runtimes read. */
    String pem() {
        byte[] encoded = open.getEncoded();
        byte[] inner = Arrays.copyOfRange(encoded, PKCS1_OFFSET, encoded.length);
        return "-----BEGIN RSA PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(inner)
                + "\n-----END RSA PUBLIC KEY-----\n";
    }

    byte[] stored(String namespace, @Nullable KeySeal seal) {
        PrivateKey mine = secret;
        if (mine == null) {
            throw new IllegalStateException("the private half is not known here");
        }
        ObjectNode json = JSON.createObjectNode();
        json.put("created", created.getEpochSecond());
        json.put("public", open.getEncoded());
        if (seal == null) {
            json.put("private", mine.getEncoded());
        } else {
            json.put("sealed", seal.seal(mine.getEncoded(), namespace + "." + id));
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IOException when it is not what {@link #stored} writes */
    static NamespaceKey read(String namespace, String id, byte[] stored, @Nullable KeySeal seal) throws IOException {
        JsonNode json = JSON.readTree(stored);
        try {
            KeyFactory factory = KeyFactory.getInstance("RSA");
            PublicKey open = factory.generatePublic(
                    new X509EncodedKeySpec(json.path("public").binaryValue()));
            if (!(open instanceof RSAPublicKey rsa) || !thumbprint(rsa).equals(id)) {
                throw new IOException("it is another key");
            }
            byte[] secret = json.has("sealed")
                    ? unsealed(json.path("sealed").binaryValue(), namespace + "." + id, seal)
                    : json.path("private").binaryValue();
            return new NamespaceKey(
                    id,
                    Instant.ofEpochSecond(json.path("created").asLong()),
                    rsa,
                    secret == null ? null : factory.generatePrivate(new PKCS8EncodedKeySpec(secret)));
        } catch (GeneralSecurityException | NullPointerException e) { // a member that is missing reads as null
            throw new IOException("it is no RSA key");
        }
    }

    private static byte @Nullable [] unsealed(byte[] sealed, String name, @Nullable KeySeal seal) {
        try {
            return seal == null ? null : seal.open(sealed, name);
        } catch (GeneralSecurityException e) {
            return null; // sealed under another master key
        }
    }

    private static String thumbprint(RSAPublicKey key) {
        return Jwks.builder().key(key).idFromThumbprint().build().getId();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public String toString() {
        return "NamespaceKey[" + id + "]";
    }
}
