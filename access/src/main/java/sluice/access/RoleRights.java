package sluice.access;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import sluice.access.policy.AccessSet;
import sluice.core.Action;
import sluice.core.Rights;

/** What somebody without a token of an issuer may, whom roles describe all the same: by made-up claims. */
record RoleRights(ObjectNode claims, TrustedParties parties) implements Rights {
    @Override
    public @Nullable String grant(Action action, String namespace, String function) {
        AccessSet objects = parties.now().objects();
        AccessSet.Grant grant = objects.find(objects.policiesOf(claims), claims, action, namespace, function);
        return grant == null ? null : grant.policy() + "/" + grant.sid();
    }
}
