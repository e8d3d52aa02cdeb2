package sluice.access.token;

import com.fasterxml.jackson.databind.JsonNode;
import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.IncorrectClaimException;
import io.jsonwebtoken.JwsHeader;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.MissingClaimException;
import io.jsonwebtoken.PrematureJwtException;
import io.jsonwebtoken.UnsupportedJwtException;
import io.jsonwebtoken.security.InvalidKeyException;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import io.jsonwebtoken.security.SignatureException;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens of one issuer: signature by one of its keys, then times, issuer, audience. The library is held to the
 * issuer's algorithms before it looks for a key; what it does not check (the types of times, lifetimes, one audience
 * of several) is checked here, on the claims as they were written. Thread-safe; costs up to a millisecond, so never on
 * an event loop.
 */
public final class TokenVerifier {
    private static final int LONGEST_SUBJECT = 1_024;
    private static final int LONGEST_ID = 256;
    private static final long LAST_SECOND = 253_402_300_799L; // of year 9999

    private final TokenRules rules;
    private final Clock clock;
    private final JwtParser parser;

    /** A verifier that finds the issuer's key of an id, or null, with {@code keys}. */
    public TokenVerifier(TokenRules rules, Clock clock, Function<String, @Nullable PublicKey> keys) {
        this.rules = rules;
        this.clock = clock;
        List<SecureDigestAlgorithm<?, ?>> algorithms =
                rules.algorithms().stream().map(TokenVerifier::algorithm).toList();
        this.parser = Jwts.parser()
                .keyLocator(header -> header instanceof JwsHeader jws ? keys.apply(jws.getKeyId()) : null)
                .requireIssuer(rules.issuer())
                .sig()
                .clear()
                .add(algorithms)
                .and()
                .zip()
                .clear()
                .and()
                .enc()
                .clear()
                .and()
                .key()
                .clear()
                .and()
                .clockSkewSeconds(rules.skew().toSeconds())
                .clock(() -> Date.from(clock.instant()))
                .build();
    }

    /**
     * Checks everything about {@code token}.
     *
     * @throws TokenRefused with the first thing that is wrong
     */
    public VerifiedToken verify(CompactToken token) {
        if (!rules.algorithms().contains(token.algorithm())) {
            throw TokenRefused.algorithm();
        }
        JsonNode claims = token.payload();
        for (String time : List.of("exp", "nbf", "iat")) {
            requireTime(claims, time);
        }
        requireSignature(token);
        Instant expires = Instant.ofEpochSecond(claims.path("exp").longValue());
        checkTimes(claims, expires);
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

    private static SecureDigestAlgorithm<?, ?> algorithm(String name) {
        return Jwts.SIG.get().forKey(name);
    }

    private void requireSignature(CompactToken token) {
        try {
            var unused = parser.parseSignedClaims(token.text());
        } catch (SignatureException | InvalidKeyException e) {
            throw TokenRefused.signature();
        } catch (ExpiredJwtException e) {
            throw TokenRefused.expired();
        } catch (PrematureJwtException e) {
            throw TokenRefused.notYetValid();
        } catch (IncorrectClaimException e) {
            throw TokenRefused.unknownIssuer();
        } catch (MissingClaimException e) {
            throw TokenRefused.missing("iss");
        } catch (UnsupportedJwtException e) { // no key of that id, or a key of another kind
            throw TokenRefused.unknownKey();
        } catch (JwtException | IllegalArgumentException e) {
            throw TokenRefused.malformed();
        }
    }

    private void checkTimes(JsonNode claims, Instant expires) {
        Instant now = clock.instant();
        if (claims.has("iat")) {
            Instant issuedAt = Instant.ofEpochSecond(claims.path("iat").longValue());
            if (issuedAt.isAfter(now.plus(rules.skew()))) {
                throw TokenRefused.notYetValid();
            }
            if (expires.isAfter(issuedAt.plus(rules.maxLifetime()))) {
                throw TokenRefused.lifetime();
            }
        }
        if (expires.isAfter(now.plus(rules.maxLifetime()).plus(rules.skew()))) {
            throw TokenRefused.lifetime();
        }
    }

    private void checkAudience(JsonNode audience) {
        if (audience.isTextual()) {
            requireAudience(rules.audiences().contains(audience.textValue()));
        } else if (audience.isArray()) {
            boolean isOurs = false;
            for (JsonNode each : audience) {
                requireAudience(each.isTextual());
                isOurs |= rules.audiences().contains(each.textValue());
            }
            requireAudience(isOurs);
        } else {
            throw audience.isMissingNode() ? TokenRefused.missing("aud") : TokenRefused.audience();
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
