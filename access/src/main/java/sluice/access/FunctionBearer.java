package sluice.access;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.access.policy.Resources;
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
    private final Decision.Allow allowed;
    private final Decision.Deny refused;
    private @Nullable FunctionName last; // of an immutable record: a stale reference costs one comparison more

    private FunctionBearer(VerifiedToken token, List<String> permissions, List<String> audiences, long until) {
        this.permissions = permissions;
        this.audiences = audiences;
        this.until = until;
        Identity identity = new Identity("function", token.subject(), token.issuer(), "", token.id(), token.expires());
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
     * @param until monotonic nanoseconds until which it may be remembered
     * @throws TokenRefused when it is for something else than calling functions
     */
    static FunctionBearer of(VerifiedToken token, long until) {
        JsonNode function = token.claims().path("function");
        if (!"function".equals(token.claims().path("token_use").textValue())
                || !function.path("permissions").isArray()
                || token.claims().has("policy")
                || token.claims().has("application_claim")) {
            throw TokenRefused.wrongType();
        }
        return new FunctionBearer(token, texts(function.path("permissions")), texts(function.path("audience")), until);
    }

    boolean countsAt(long nanos) {
        return until - nanos > 0;
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
