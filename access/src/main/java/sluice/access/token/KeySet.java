package sluice.access.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.security.Jwks;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Public keys of one issuer by their ids (RFC 7517). Immutable. */
public final class KeySet {
    static final int MOST_KEYS = 100;
    private static final int LEAST_RSA_BITS = 2_048;
    private static final Set<String> TYPES = Set.of("RSA", "EC", "OKP");
    private static final Set<String> PRIVATE = Set.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");

    private final Map<String, PublicKey> keys;

    private KeySet(Map<String, PublicKey> keys) {
        this.keys = Map.copyOf(keys);
    }

    /** A set of these keys. */
    public static KeySet of(Map<String, PublicKey> keys) {
        return new KeySet(keys);
    }

    /**
     * Reads a key set; keys for other purposes and of other kinds are left out, symmetric ones above all.
     *
     * @return null when it is no key set, or has too many keys
     */
    static @Nullable KeySet parse(byte[] json) {
        ObjectNode document = TokenJson.document(json);
        if (document == null
                || !document.path("keys").isArray()
                || document.path("keys").size() > MOST_KEYS) {
            return null;
        }
        Map<String, PublicKey> keys = new HashMap<>();
        for (JsonNode each : document.path("keys")) {
            String id = each.path("kid").textValue();
            PublicKey key = id == null ? null : key(each);
            if (key != null) {
                keys.putIfAbsent(id, key);
            }
        }
        return new KeySet(keys);
    }

    @Nullable PublicKey find(String keyId) {
        return keys.get(keyId);
    }

    int size() {
        return keys.size();
    }

    private static @Nullable PublicKey key(JsonNode jwk) {
        String use = jwk.path("use").asText("sig");
        if (!TYPES.contains(jwk.path("kty").asText()) || !use.equals("sig") || !(jwk instanceof ObjectNode object)) {
            return null;
        }
        ObjectNode bare = object.deepCopy();
        bare.remove(PRIVATE); // what an issuer should not have told is not kept
        bare.remove("x5c"); // nobody asked for certificates, and a bad one would lose the key
        try {
            return Jwks.parser().build().parse(bare.toString()).toKey() instanceof PublicKey key && isStrong(key)
                    ? key
                    : null;
        } catch (JwtException | IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean isStrong(PublicKey key) {
        return !(key instanceof RSAPublicKey rsa) || rsa.getModulus().bitLength() >= LEAST_RSA_BITS;
    }
}
