package sluice.access.token;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.EcPublicJwk;
import io.jsonwebtoken.security.Jwks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The gateway as an issuer of tokens: signs with ES256, checks what it has signed, and publishes its keys. A rotation
 * overlaps: beside {@code NAME.key}, {@code NAME.next.key} is published before it signs, and {@code NAME.prev.key} still
 * counts. Thread-safe; signing and checking take up to a millisecond, so never on an event loop.
 */
public final class SystemIssuer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> CLAIMS = new TypeReference<>() {};
    private static final String ALGORITHM = "ES256";

    private final String issuer;
    private final KeyPair signing;
    private final String keyId;
    private final Map<String, ECPublicKey> published;
    private final TokenVerifier verifier;

    private SystemIssuer(
            String issuer,
            KeyPair signing,
            Map<String, ECPublicKey> published,
            Duration skew,
            Duration most,
            Clock clock) {
        this.issuer = issuer;
        this.signing = signing;
        this.keyId = thumbprint((ECPublicKey) signing.getPublic());
        this.published = Map.copyOf(published);
        Map<String, PublicKey> keys = Map.copyOf(published);
        this.verifier = new TokenVerifier(
                new TokenRules(issuer, Set.of(issuer), Set.of(ALGORITHM), skew, most), clock, keys::get);
    }

    /**
     * Reads the keys beside {@code file}, or makes one up where that is wanted. Blocks on the disk.
     *
     * @param most longest life of a token
     * @throws IOException one line that names the file
     */
    public static SystemIssuer open(
            String issuer, Path file, boolean isGenerated, Duration skew, Duration most, Clock clock)
            throws IOException {
        if (isGenerated && !Files.exists(file)) {
            SigningKeyFile.generate(file);
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException("missing " + file + ": put an EC P-256 private key there, or unset issuer_key_path");
        }
        KeyPair signing = SigningKeyFile.read(file);
        List<ECPublicKey> keys = new ArrayList<>(List.of((ECPublicKey) signing.getPublic()));
        for (String state : List.of("next", "prev")) {
            String name = String.valueOf(file.getFileName()).replaceFirst("(\\.key)?$", "." + state + ".key");
            Path other = file.resolveSibling(name);
            if (Files.isRegularFile(other)) {
                keys.add((ECPublicKey) SigningKeyFile.read(other).getPublic());
            }
        }
        Map<String, ECPublicKey> published = new LinkedHashMap<>();
        keys.forEach(key -> published.put(thumbprint(key), key));
        return new SystemIssuer(issuer, signing, published, skew, most, clock);
    }

    /** Its name: the public address of the gateway. */
    public String name() {
        return issuer;
    }

    /** The algorithms in which one of its tokens may be. */
    public static Set<String> algorithms() {
        return Set.of(ALGORITHM);
    }

    /** A token with exactly these claims. */
    public String sign(ObjectNode claims) {
        return Jwts.builder()
                .header()
                .keyId(keyId)
                .type("JWT")
                .and()
                .claims(JSON.convertValue(claims, CLAIMS))
                .signWith(signing.getPrivate(), Jwts.SIG.ES256)
                .compact();
    }

    /**
     * Checks a token that claims to be of this issuer.
     *
     * @throws TokenRefused with the first thing that is wrong
     */
    public VerifiedToken verify(CompactToken token) {
        return verifier.verify(token);
    }

    /** Its public keys as a JSON Web Key Set (RFC 7517, 5). */
    public Map<String, Object> keySet() {
        List<Map<String, Object>> keys = new ArrayList<>();
        for (Map.Entry<String, ECPublicKey> each : published.entrySet()) {
            EcPublicJwk jwk = Jwks.builder()
                    .key(each.getValue())
                    .id(each.getKey())
                    .publicKeyUse("sig")
                    .algorithm(ALGORITHM)
                    .build();
            keys.add(new LinkedHashMap<>(jwk));
        }
        return Map.of("keys", keys);
    }

    @Override
    public String toString() {
        return "SystemIssuer[" + issuer + ", " + keyId + "]";
    }

    /** The name of a key that anybody can compute from it (RFC 7638). */
    private static String thumbprint(ECPublicKey key) {
        return Jwks.builder().key(key).idFromThumbprint().build().getId();
    }
}
