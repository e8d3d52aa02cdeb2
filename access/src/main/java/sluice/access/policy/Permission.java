package sluice.access.policy;

import sluice.core.Action;

/**
 * Something that is asked for: an action, and on what. The word {@code *} for the namespace asks for the whole cluster;
 * {@link #ANYWHERE} asks whether there is any namespace in which it is permitted.
 *
 * @param action its name in policies
 * @param function empty for what has no function scope
 */
record Permission(String action, String namespace, String function) {
    static final String ANYWHERE = "";
    private static final String CLUSTER = "*";

    /** Only invoking is a matter of single functions; all other actions are asked of their namespace. */
    static Permission of(Action action, String namespace, String function) {
        return new Permission(action.policyName(), namespace, action == Action.FUNCTION_INVOKE ? function : "");
    }

    /**
     * Whether a resource of a policy covers this: {@code *}, {@code ns:*}, or, for invoking, {@code ns:fn}. The whole text
     * has to fit, not a part of it.
     */
    boolean isWithin(String resource) {
        if (resource.equals(CLUSTER)) {
            return true;
        }
        int colon = resource.indexOf(':');
        if (colon < 0 || namespace.equals(CLUSTER)) {
            return false;
        }
        if (!function.isEmpty()) {
            return Glob.matches(resource, namespace + ":" + function);
        }
        return resource.substring(colon + 1).equals(CLUSTER)
                && (namespace.equals(ANYWHERE) || Glob.matches(resource.substring(0, colon), namespace));
    }
}
