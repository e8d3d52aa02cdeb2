package sluice.access.privacy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import sluice.access.token.CompactToken;
import sluice.access.token.TokenRefused;
import sluice.access.token.TokenRules;
import sluice.access.token.TokenVerifier;
import sluice.access.token.VerifiedToken;

/**
 * Checks tokens of private functions. The keys are those of the namespace of the function that is called, never of one that
 * the token names. Thread-safe; costs some ten microseconds, so not on an event loop.
 */
public final class PrivateVerifier {
    /** The algorithms of such tokens. */
    public static final Set<String> ALGORITHMS = Set.of("RS256");

    static final String AUDIENCE = "functions";
    static final String CLAIM = "application_claim"; // Scaleway, "Restricting access to a function"

    private final Duration skew;
    private final Duration most;
    private final Clock clock;
    private final Map<NamespaceTokens, TokenVerifier> verifiers = new ConcurrentHashMap<>();

    /** @param most longest life of a token */
    public PrivateVerifier(Duration skew, Duration most, Clock clock) {
        this.skew = skew;
        this.most = most;
        this.clock = clock;
    }

    /**
     * A token of the namespace.
     *
     * @param function the only one that may be called, or empty
     */
    public record PrivateToken(VerifiedToken token, String function) {}

    /**
     * Checks that a key of {@code namespace} has signed a token.
     *
     * @throws TokenRefused when none has
     */
    public void requireSignature(CompactToken compact, NamespaceTokens namespace) {
        of(namespace).requireSignature(compact);
    }

    /**
     * Checks what a token says that {@code namespace} has signed.
     *
     * @throws TokenRefused with the first thing that is wrong
     */
    public PrivateToken claims(CompactToken compact, NamespaceTokens namespace) {
        VerifiedToken token = of(namespace).claims(compact);
        JsonNode list = token.claims().path(CLAIM);
        if (!list.isArray() || list.size() != 1 || !list.get(0).isObject()) {
            throw TokenRefused.missing(CLAIM);
        }
        JsonNode claim = list.get(0);
        String function = function(claim, namespace.namespace());
        if (!namespace.namespace().equals(claim.path("namespace_id").textValue())) {
            throw TokenRefused.missing("namespace_id");
        }
        if (namespace.isRevoked(token, function)) {
            throw TokenRefused.revoked();
        }
        return new PrivateToken(token, function);
    }

    private TokenVerifier of(NamespaceTokens namespace) {
        return verifiers.computeIfAbsent(
                namespace,
                each -> new TokenVerifier(
                        new TokenRules(each.issuer(), Set.of(AUDIENCE), ALGORITHMS, skew, most), clock, each::key));
    }

    /** The name of the one function, from either member; both must agree. */
    private static String function(JsonNode claim, String namespace) {
        JsonNode first = claim.path("function_id");
        JsonNode second = claim.path("application_id");
        JsonNode id = first.isMissingNode() ? second : first;
        if (id.isMissingNode()) {
            return "";
        }
        String suffix = "." + namespace;
        boolean agree = first.isMissingNode() || second.isMissingNode() || first.equals(second);
        if (!agree
                || !id.isTextual()
                || !id.textValue().endsWith(suffix)
                || id.textValue().length() == suffix.length()) {
            throw TokenRefused.missing("function_id");
        }
        return id.textValue().substring(0, id.textValue().length() - suffix.length());
    }
}
