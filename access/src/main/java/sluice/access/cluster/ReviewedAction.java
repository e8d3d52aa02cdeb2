package sluice.access.cluster;

import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.ClusterIdentity.Attributes;
import sluice.core.ClusterIdentity.Attributes.Path;
import sluice.core.ClusterIdentity.Attributes.Resource;
import sluice.core.Text;

/** What an action is called where a cluster decides (RBAC), and how it says no. */
final class ReviewedAction {
    private static final String GROUP = "openfaas.com";
    private static final String FUNCTIONS = "functions";
    private static final String SECRETS = "functionsecrets"; // not core secrets: who may list those can read the values
    private static final String NAMESPACES = "namespaces";

    private ReviewedAction() {}

    /**
     * As a question to the cluster.
     *
     * @param namespace {@code *} or empty for all of them
     * @param name of the one thing, or empty; not looked at for lists and for what does not exist yet
     */
    static Attributes of(Action action, String namespace, String name) {
        String where = namespace.equals(AccessGate.CLUSTER) ? "" : namespace;
        return switch (action) {
            case FUNCTION_LIST -> function("", "list", where, "");
            case FUNCTION_GET -> function("", "get", where, name);
            case FUNCTION_CREATE -> function("", "create", where, "");
            case FUNCTION_UPDATE -> function("", "update", where, name);
            case FUNCTION_DELETE -> function("", "delete", where, name);
            case FUNCTION_SCALE -> function("scale", "update", where, name);
            case FUNCTION_LOGS -> function("log", "get", where, name);
            case FUNCTION_INVOKE -> function("invoke", "create", where, name);
            case SECRET_LIST -> new Resource(GROUP, SECRETS, "", "list", where, "");
            case SECRET_CREATE -> new Resource(GROUP, SECRETS, "", "create", where, "");
            case SECRET_UPDATE -> new Resource(GROUP, SECRETS, "", "update", where, name);
            case SECRET_DELETE -> new Resource(GROUP, SECRETS, "", "delete", where, name);
            case NAMESPACE_LIST -> new Resource("", NAMESPACES, "", "list", where, where);
            case NAMESPACE_GET -> namespace("get", name);
            case NAMESPACE_CREATE -> namespace("create", "");
            case NAMESPACE_UPDATE -> namespace("update", name);
            case NAMESPACE_DELETE -> namespace("delete", name);
            case CALL_LIST -> function("calls", "list", where, "");
            case CALL_GET -> function("calls", "get", where, name);
            case CALL_CANCEL -> function("calls", "delete", where, name);
            case CALL_REDRIVE -> function("calls", "create", where, "");
            case CALL_PURGE -> function("calls", "deletecollection", where, "");
            case CALL_PAUSE -> function("calls", "update", where, name);
            case TOKEN_LIST -> function("token", "list", where, "");
            case TOKEN_CREATE -> function("token", "create", where, "");
            case TOKEN_DELETE -> function("token", "delete", where, name);
            case SYSTEM_INFO -> new Path("/system/info", "get");
            case CONSOLE -> new Path("/ui/", "get");
        };
    }

    /** What somebody is told who may not, in the words of Kubernetes. */
    static String refusal(String user, Attributes attributes) {
        String who = "User \"" + Text.printable(user) + "\" cannot ";
        if (attributes instanceof Path asked) {
            return "forbidden: " + who + asked.verb() + " path \"" + asked.path() + "\"";
        }
        Resource asked = (Resource) attributes;
        String qualified = asked.group().isEmpty() ? asked.resource() : asked.resource() + "." + asked.group();
        String name = asked.name().isEmpty() ? "" : " \"" + Text.printable(asked.name()) + "\"";
        String resource =
                asked.subresource().isEmpty() ? asked.resource() : asked.resource() + "/" + asked.subresource();
        String where = asked.namespace().isEmpty()
                ? "at the cluster scope"
                : "in the namespace \"" + Text.printable(asked.namespace()) + "\"";
        return qualified + name + " is forbidden: " + who + asked.verb() + " resource \"" + resource
                + "\" in API group \"" + asked.group() + "\" " + where;
    }

    private static Resource function(String subresource, String verb, String namespace, String name) {
        return new Resource(GROUP, FUNCTIONS, subresource, verb, namespace, name);
    }

    private static Resource namespace(String verb, String name) {
        return new Resource("", NAMESPACES, "", verb, "", name);
    }
}
