package sluice.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.access.policy.AccessSet;
import sluice.access.revocation.TokenMarks;
import sluice.access.token.TokenRefused;
import sluice.access.token.VerifiedToken;
import sluice.core.Action;
import sluice.core.Identity;
import sluice.core.Rights;

/**
 * The holder of a verified token that counts on /system. What he may is looked up in the policies of the moment, so a
 * changed policy acts at once.
 *
 * @param policies names in the token, or null for a foreign token, whose policies are those of its roles
 * @param claims what conditions are about: of an exchanged token, the claims before the exchange
 * @param marks by what it can be denied
 * @param generation of the access objects with which it was verified
 * @param until monotonic nanoseconds until which it may be remembered
 */
record Bearer(
        Identity identity,
        VerifiedToken token,
        @Nullable Collection<String> policies,
        JsonNode claims,
        TokenMarks marks,
        TrustedParties parties,
        int generation,
        long until)
        implements Rights {
    static final String API = "api";

    /** The holder of a token of an issuer. */
    static Bearer foreign(VerifiedToken token, TrustedParties parties, int generation, long until) {
        Identity identity = identity("oidc", token, "", "");
        return new Bearer(identity, token, null, token.claims(), TokenMarks.of(token), parties, generation, until);
    }

    /**
     * The holder of a token of the gateway itself.
     *
     * @throws TokenRefused when it is for something else than /system
     */
    static Bearer own(VerifiedToken token, TrustedParties parties, int generation, long until) {
        ObjectNode claims = token.claims();
        if (!API.equals(claims.path("token_use").textValue())
                || !claims.path("policy").isArray()
                || claims.has("function")
                || claims.has("application_claim")) {
            throw TokenRefused.wrongType();
        }
        List<String> policies = new ArrayList<>();
        claims.path("policy").forEach(name -> policies.add(name.asText()));
        ObjectNode original = claims.deepCopy();
        String issuer = claims.path(TokenMarks.ISSUER).asText("");
        original.put("iss", issuer);
        original.put("sub", TokenMarks.originalSubject(token.subject()));
        Identity identity = identity("token", token, issuer, "");
        return new Bearer(identity, token, policies, original, TokenMarks.of(token), parties, generation, until);
    }

    /** Whose a verified token is. */
    static Identity identity(String mechanism, VerifiedToken token, String originalIssuer, String parentId) {
        return new Identity(
                mechanism,
                token.subject(),
                token.issuer(),
                originalIssuer,
                token.id(),
                parentId,
                token.issuedAt(),
                token.expires());
    }

    /** The names of the policies that count for the holder now. */
    Collection<String> policiesNow(AccessSet objects) {
        return policies == null ? objects.policiesOf(claims) : policies;
    }

    @Override
    public @Nullable String grant(Action action, String namespace, String function) {
        AccessSet objects = parties.now().objects();
        AccessSet.Grant grant = objects.find(policiesNow(objects), claims, action, namespace, function);
        return grant == null ? null : grant.policy() + "/" + grant.sid();
    }

    @Override
    public String toString() {
        return "Bearer[" + identity + "]";
    }
}
