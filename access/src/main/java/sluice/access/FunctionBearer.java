package sluice.access;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.access.policy.Resources;
import sluice.access.revocation.DenyList;
import sluice.access.revocation.TokenMarks;
import sluice.access.token.TokenRefused;
import sluice.access.token.VerifiedToken;
import sluice.core.AccessGate.Decision;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.Identity;

/**
 * The holder of a verified token for functions. Which ones it may call is in the token itself and does not change. Any
 * thread may ask; the function that was allowed last is remembered, so that a repeated call compares one reference.
 */
final class FunctionBearer {
    private static final String CHALLENGE = "Bearer realm=\"IAM function invoke\", error=\"insufficient_scope\"";

    private final List<String> permissions;
    private final List<String> audiences;
    private final long until;
    private final TokenMarks marks;
    private int seen; // of the deny list when it did not hold this token; written by whoever looked, in any order
    private final Decision.Allow allowed;
    private final Decision.Deny refused;
    private @Nullable FunctionName last; // of an immutable record: a stale reference costs one comparison more

    private FunctionBearer(
            VerifiedToken token,
            List<String> permissions,
            List<String> audiences,
            TokenMarks marks,
            int epoch,
            long until) {
        this.permissions = permissions;
        this.audiences = audiences;
        this.marks = marks;
        this.seen = epoch;
        this.until = until;
        Identity identity = Bearer.identity(
                "function",
                token,
                token.claims().path(TokenMarks.ISSUER).asText(""),
                token.claims().path(TokenMarks.PARENT).asText(""));
        this.allowed = new Decision.Allow(identity, (action, namespace, function) -> null, "token");
        this.refused = new Decision.Deny(
                Failure.NOT_PERMITTED.in(Component.GATEWAY, "insufficient permissions"),
                List.of(CHALLENGE),
                0,
                identity);
    }

    /**
     * The holder of {@code token}.
     *
     * @param denials in which the token must not be
     * @param until monotonic nanoseconds until which it may be remembered
     * @throws TokenRefused when it is for something else than calling functions, or revoked
     */
    static FunctionBearer of(VerifiedToken token, DenyList denials, long until) {
        JsonNode function = token.claims().path("function");
        if (!"function".equals(token.claims().path("token_use").textValue())
                || !function.path("permissions").isArray()
                || token.claims().has("policy")
                || token.claims().has("application_claim")) {
            throw TokenRefused.wrongType();
        }
        int epoch = denials.epoch(); // before it is looked up: whatever comes meanwhile counts
        TokenMarks marks = TokenMarks.of(token);
        if (denials.denies(marks)) {
            throw TokenRefused.revoked();
        }
        return new FunctionBearer(
                token, texts(function.path("permissions")), texts(function.path("audience")), marks, epoch, until);
    }

    /** Whether it still counts; looks it up again only after something was denied since. */
    boolean countsAt(long nanos, DenyList denials) {
        if (until - nanos <= 0) {
            return false;
        }
        int epoch = denials.epoch();
        if (seen != epoch) {
            if (denials.denies(marks)) {
                return false;
            }
            seen = epoch;
        }
        return true;
    }

    @SuppressWarnings("ReferenceEquality") // a route keeps its name; another one that is equal costs a comparison more
    Decision mayCall(FunctionName function) {
        if (function != last) {
            String resource = function.namespace() + ":" + function.name();
            if (!Resources.cover(permissions, resource)
                    || (!audiences.isEmpty() && !Resources.cover(audiences, resource))) {
                return refused;
            }
            last = function;
        }
        return allowed;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    @Override
    public String toString() {
        return "FunctionBearer[" + allowed.identity() + "]";
    }
}
