package sluice.access.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A token in JWS compact form (RFC 7515, 7.1) whose form has been checked, and nothing else: until a
 * {@link TokenVerifier} has seen it, every claim is a stranger's word. There is exactly one spelling of a token, in
 * canonical base64url, so that a revoked one has no second face.
 */
public final class CompactToken {
    private static final int LONGEST_HEADER = 4 * 1024;
    private static final int LONGEST_KEY_ID = 256;
    private static final Set<String> TYPES = Set.of("jwt", "at+jwt"); // RFC 9068, 4

    private final byte[] signed;
    private final byte[] signature;
    private final String algorithm;
    private final String keyId;
    private final ObjectNode payload;

    private CompactToken(byte[] signed, byte[] signature, String algorithm, String keyId, ObjectNode payload) {
        this.signed = signed;
        this.signature = signature;
        this.algorithm = algorithm;
        this.keyId = keyId;
        this.payload = payload;
    }

    /** Whether {@code text} looks like a token of three parts at all. */
    public static boolean isCompact(String text) {
        return text.chars().filter(c -> c == '.').count() == 2;
    }

    /**
     * Reads a token. Header parameters that would choose keys or change the meaning of the signature are refused
     * (crit, b64, zip) or never looked at (jku, x5u, jwk, x5c).
     *
     * @throws TokenRefused when its form is wrong, or nobody may sign with its algorithm
     */
    public static CompactToken parse(String text, Set<String> algorithms) {
        int first = text.indexOf('.');
        int second = text.indexOf('.', first + 1);
        if (first <= 0 || second <= first + 1 || text.indexOf('.', second + 1) >= 0 || first > LONGEST_HEADER) {
            throw TokenRefused.malformed();
        }
        ObjectNode header = object(decode(text.substring(0, first)));
        String algorithm = header.path("alg").isTextual() ? header.path("alg").textValue() : "";
        if (!algorithms.contains(algorithm)) {
            throw TokenRefused.algorithm();
        }
        checkHeader(header);
        ObjectNode payload = object(decode(text.substring(first + 1, second)));
        byte[] signature = decode(text.substring(second + 1));
        if (signature.length == 0) {
            throw TokenRefused.malformed();
        }
        byte[] signed = text.substring(0, second).getBytes(StandardCharsets.US_ASCII);
        return new CompactToken(signed, signature, algorithm, keyId(header), payload);
    }

    /**
     * The payload of a text that looks like a token of three parts, checked by nobody; null when it is no such text. For
     * those who have somebody else look at the token, who keeps the rules.
     */
    public static @Nullable ObjectNode unverifiedPayload(String text) {
        int first = text.indexOf('.');
        int second = text.indexOf('.', first + 1);
        if (first <= 0 || second <= first + 1 || text.indexOf('.', second + 1) >= 0) {
            return null;
        }
        try {
            return TokenJson.object(decode(text.substring(first + 1, second)));
        } catch (TokenRefused e) {
            return null;
        }
    }

    /** The issuer that the token claims, or empty; good for choosing who checks it, and for nothing else. */
    public String claimedIssuer() {
        JsonNode issuer = payload.path("iss");
        return issuer.isTextual() ? issuer.textValue() : "";
    }

    String algorithm() {
        return algorithm;
    }

    String keyId() {
        return keyId;
    }

    /** What the signature is about. */
    byte[] signed() {
        return signed;
    }

    byte[] signature() {
        return signature;
    }

    ObjectNode payload() {
        return payload;
    }

    /**
     * A name for a token without {@code jti}: the digest of what is signed, in hex. The signature is left out, since
     * others can be made from an ECDSA signature that fit as well.
     */
    String signedPartDigest() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(signed));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "CompactToken[REDACTED]";
    }

    private static void checkHeader(ObjectNode header) {
        if (header.has("crit") || header.has("b64") || header.has("zip") || header.has("enc")) {
            throw TokenRefused.malformed();
        }
        JsonNode type = header.path("typ");
        if (!type.isMissingNode()
                && !(type.isTextual() && TYPES.contains(type.textValue().toLowerCase(Locale.ROOT)))) {
            throw TokenRefused.malformed();
        }
    }

    private static String keyId(ObjectNode header) {
        JsonNode id = header.path("kid");
        if (!id.isTextual() || id.textValue().isEmpty() || id.textValue().length() > LONGEST_KEY_ID) {
            throw TokenRefused.unknownKey();
        }
        return id.textValue();
    }

    private static byte[] decode(String segment) {
        byte[] encoded = segment.getBytes(StandardCharsets.ISO_8859_1);
        try {
            byte[] decoded = Base64.getUrlDecoder().decode(encoded);
            if (Arrays.equals(Base64.getUrlEncoder().withoutPadding().encode(decoded), encoded)) {
                return decoded;
            }
        } catch (IllegalArgumentException e) {
            throw TokenRefused.malformed();
        }
        throw TokenRefused.malformed();
    }

    private static ObjectNode object(byte[] json) {
        ObjectNode object = TokenJson.object(json);
        if (object == null) {
            throw TokenRefused.malformed();
        }
        return object;
    }
}
