package sluice.access.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens of one issuer: signature by one of its keys, then the claims: types, times, issuer, audience. No algorithm
 * but the issuer's is tried, before a key is looked for. Thread-safe; costs up to a millisecond, so never on an event loop.
 */
public final class TokenVerifier {
    private static final int LONGEST_SUBJECT = 1_024;
    private static final int LONGEST_ID = 256;
    private static final long LAST_SECOND = 253_402_300_799L; // of year 9999
    private static final List<String> TIMES = List.of("exp", "nbf", "iat");

    private final TokenRules rules;
    private final Clock clock;
    private final Function<String, @Nullable PublicKey> keys;
    private final Map<String, SignatureCheck> checks;

    /** A verifier that finds the issuer's key of an id, or null, with {@code keys}. */
    public TokenVerifier(TokenRules rules, Clock clock, Function<String, @Nullable PublicKey> keys) {
        this.rules = rules;
        this.clock = clock;
        this.keys = keys;
        this.checks = rules.algorithms().stream().collect(Collectors.toMap(name -> name, SignatureCheck::of));
    }

    /**
     * Checks everything about {@code token}.
     *
     * @throws TokenRefused with the first thing that is wrong
     */
    public VerifiedToken verify(CompactToken token) {
        requireSignature(token);
        return claims(token);
    }

    /**
     * Checks that the issuer has signed {@code token}, and nothing else about it.
     *
     * @throws TokenRefused when it has not
     */
    public void requireSignature(CompactToken token) {
        SignatureCheck check = checks.get(token.algorithm());
        if (check == null) {
            throw TokenRefused.algorithm();
        }
        PublicKey key = keys.apply(token.keyId());
        if (key == null) {
            throw TokenRefused.unknownKey();
        }
        check.require(key, token.signed(), token.signature());
    }

    /**
     * Checks what a token says whose signature is known to be right.
     *
     * @throws TokenRefused with the first thing that is wrong
     */
    public VerifiedToken claims(CompactToken token) {
        JsonNode claims = token.payload();
        for (String time : TIMES) {
            requireTime(claims, time);
        }
        Instant expires = Instant.ofEpochSecond(claims.path("exp").longValue());
        checkTimes(claims, expires);
        checkIssuer(claims.path("iss"));
        checkAudience(claims.path("aud"));
        JsonNode issuedAt = claims.path("iat");
        return new VerifiedToken(
                rules.issuer(),
                text(claims, "sub", LONGEST_SUBJECT),
                claims.has("jti") ? text(claims, "jti", LONGEST_ID) : token.signedPartDigest(),
                token.keyId(),
                Instant.ofEpochSecond(issuedAt.longValue()),
                expires,
                token.payload());
    }

    private void checkTimes(JsonNode claims, Instant expires) {
        Instant now = clock.instant();
        if (!now.minus(rules.skew()).isBefore(expires)) {
            throw TokenRefused.expired();
        }
        Instant soon = now.plus(rules.skew());
        if (claims.has("nbf")
                && Instant.ofEpochSecond(claims.path("nbf").longValue()).isAfter(soon)) {
            throw TokenRefused.notYetValid();
        }
        if (claims.has("iat")) {
            Instant issuedAt = Instant.ofEpochSecond(claims.path("iat").longValue());
            if (issuedAt.isAfter(soon)) {
                throw TokenRefused.notYetValid();
            }
            if (expires.isAfter(issuedAt.plus(rules.maxLifetime()))) {
                throw TokenRefused.lifetime();
            }
        }
        if (expires.isAfter(soon.plus(rules.maxLifetime()))) {
            throw TokenRefused.lifetime();
        }
    }

    private void checkIssuer(JsonNode issuer) {
        if (issuer.isMissingNode()) {
            throw TokenRefused.missing("iss");
        }
        if (!issuer.isTextual() || !issuer.textValue().equals(rules.issuer())) {
            throw TokenRefused.unknownIssuer();
        }
    }

    private void checkAudience(JsonNode audience) {
        if (audience.isTextual()) {
            requireAudience(rules.audiences().contains(audience.textValue()));
        } else if (audience.isArray()) {
            boolean isOurs = false;
            for (JsonNode each : audience) {
                if (!each.isTextual()) {
                    throw TokenRefused.malformed();
                }
                isOurs |= rules.audiences().contains(each.textValue());
            }
            requireAudience(isOurs);
        } else {
            throw audience.isMissingNode() ? TokenRefused.missing("aud") : TokenRefused.malformed();
        }
    }

    private static void requireAudience(boolean holds) {
        if (!holds) {
            throw TokenRefused.audience();
        }
    }

    /** A time is a JSON number of seconds that a calendar can hold (RFC 7519, 2, NumericDate). */
    private static void requireTime(JsonNode claims, String name) {
        JsonNode time = claims.path(name);
        if (time.isMissingNode()) {
            if (name.equals("exp")) {
                throw TokenRefused.missing(name);
            }
        } else if (!time.isNumber() || !(time.doubleValue() >= 0) || time.doubleValue() > LAST_SECOND) {
            throw TokenRefused.malformed();
        }
    }

    private static String text(JsonNode claims, String name, int longest) {
        JsonNode text = claims.path(name);
        if (!text.isTextual() || text.textValue().isEmpty()) {
            throw TokenRefused.missing(name);
        }
        if (text.textValue().length() > longest) {
            throw TokenRefused.malformed();
        }
        return text.textValue();
    }
}
