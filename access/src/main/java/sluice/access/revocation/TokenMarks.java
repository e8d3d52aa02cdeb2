package sluice.access.revocation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import sluice.access.token.VerifiedToken;
import sluice.core.Identity;
import sluice.core.Revocations.Kind;

/**
 * By what a token can be denied, computed once when it is verified, so that looking it up again allocates nothing. Nothing
 * here depends on the signature: others can be made from an ECDSA signature that fit as well.
 *
 * @param token name of the token itself
 * @param parent of the token of this gateway that it was given for, or empty
 * @param source of the issuer's token that one was given for, or empty
 * @param subject of its holder
 * @param original of its holder, as the issuer knows him, or empty
 * @param issued second in which it was given out, 0 when nobody says
 */
public record TokenMarks(String token, String parent, String source, String subject, String original, long issued) {
    /** Claim with the issuer of the token that one of the gateway was given for. */
    public static final String ISSUER = "fed:iss";
    /** Claim with its id. */
    public static final String ID = "fed:jti";
    /** Claim of a token for functions with the id of the gateway's token that it was given for. */
    public static final String PARENT = "fed:api_jti";

    private static final String FEDERATED = "fed:";

    /** Those of a verified token. */
    public static TokenMarks of(VerifiedToken token) {
        ObjectNode claims = token.claims();
        String original = claims.path(ISSUER).asText("");
        return new TokenMarks(
                Fingerprint.of(Kind.TOKEN, token.issuer(), token.id()),
                named(Kind.TOKEN, token.issuer(), claims.path(PARENT).asText("")),
                original.isEmpty()
                        ? ""
                        : named(Kind.TOKEN, original, claims.path(ID).asText("")),
                Fingerprint.of(Kind.SUBJECT, token.issuer(), token.subject()),
                original(original, token.subject()),
                token.issuedAt().getEpochSecond());
    }

    /** Those of somebody who was admitted before, with a token that was not kept. */
    public static TokenMarks of(Identity who) {
        Instant issued = who.issued();
        return new TokenMarks(
                named(Kind.TOKEN, who.issuer(), who.tokenId()),
                named(Kind.TOKEN, who.issuer(), who.parentId()),
                "",
                Fingerprint.of(Kind.SUBJECT, who.issuer(), who.subject()),
                original(who.originalIssuer(), who.subject()),
                issued == null ? 0 : issued.getEpochSecond());
    }

    /** Who got a token, as its issuer knows him: what the exchange puts before a subject is taken off again. */
    public static String originalSubject(String subject) {
        return subject.startsWith(FEDERATED) ? subject.substring(FEDERATED.length()) : subject;
    }

    private static String original(String issuer, String subject) {
        return issuer.isEmpty() ? "" : Fingerprint.of(Kind.SUBJECT, issuer, originalSubject(subject));
    }

    private static String named(Kind kind, String issuer, @Nullable String id) {
        return id == null || id.isEmpty() ? "" : Fingerprint.of(kind, issuer, id);
    }
}
