package sluice.access;

import org.jspecify.annotations.Nullable;
import sluice.access.privacy.LastUse;
import sluice.access.privacy.NamespaceTokens;
import sluice.access.privacy.PrivateVerifier.PrivateToken;
import sluice.core.AccessGate.Decision;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.Identity;

/** The holder of a verified token of a namespace: what is remembered of him for as long as nothing there is revoked. */
final class PrivateBearer {
    static final String MECHANISM = "private";

    private final NamespaceTokens namespace;
    private final String function;
    private final int epoch;
    private final long until;
    private final LastUse lastUse;
    private final Decision.Allow allowed;
    private final Decision.Deny refused;

    /**
     * @param epoch of the namespace before the token was checked
     * @param until monotonic nanoseconds until which it may be remembered
     */
    PrivateBearer(NamespaceTokens namespace, PrivateToken token, int epoch, long until) {
        this.namespace = namespace;
        this.function = token.function();
        this.epoch = epoch;
        this.until = until;
        this.lastUse = namespace.lastUse(token.token().id());
        Identity identity = Bearer.identity(MECHANISM, token.token(), "", "");
        this.allowed = new Decision.Allow(identity, (action, in, on) -> null, "private token");
        this.refused = PrivateGate.deny(Failure.NOT_PERMITTED, "insufficient permissions", "", identity);
    }

    /** Whether it still counts, at this moment, for functions of {@code asked}. */
    @SuppressWarnings("ReferenceEquality") // there is one object for each namespace
    boolean counts(@Nullable NamespaceTokens asked, long now) {
        return namespace == asked && namespace.epoch() == epoch && until - now > 0;
    }

    Decision mayCall(FunctionName called, long now) {
        if (!function.isEmpty() && !function.equals(called.name())) {
            return refused;
        }
        lastUse.at(now);
        return allowed;
    }

    @Override
    public String toString() {
        return "PrivateBearer[" + allowed.identity() + "]";
    }
}
