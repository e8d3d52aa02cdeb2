package sluice.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Map;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;

/**
 * A control call as its handler sees it. Names that access depends on are read here and nowhere else.
 *
 * @param name what the path left open, or empty
 * @param body a JSON object, or missing
 * @param complaint the words with which a member of the body is refused
 */
record ApiCall(String name, Query query, JsonNode body, String complaint, String defaultNamespace) {
    ApiCall(String name, Query query, String complaint, String defaultNamespace) {
        this(name, query, MissingNode.getInstance(), complaint, defaultNamespace);
    }

    ApiCall withBody(JsonNode object) {
        return new ApiCall(name, query, object, complaint, defaultNamespace);
    }

    /**
     * The namespace of the object: from the body, or the query, or the default. Clients disagree on where to put it, so
     * it may be in both, but must then be the same.
     */
    String namespace() {
        String inQuery = query.text("namespace");
        String inBody = member("namespace");
        if (!inQuery.isEmpty() && !inBody.isEmpty() && !inQuery.equals(inBody)) {
            throw invalid("namespace: body and query name different ones");
        }
        String named = inBody.isEmpty() ? inQuery : inBody;
        return named.isEmpty() ? defaultNamespace : named;
    }

    /** The namespace that the call is about: named by the path, or by the body when the path names none. */
    String namespaceItself() {
        return name.isEmpty() ? member("name") : name;
    }

    /** The function that the path names. One that cannot exist is unknown rather than malformed. */
    FunctionName function() {
        String namespace = namespace();
        if (!FunctionName.isLabel(name)) {
            throw Failure.UNKNOWN_FUNCTION.in(Component.GATEWAY, "function: " + name + "." + namespace + " not found");
        }
        return new FunctionName(name, namespace);
    }

    /** A text of the body, or empty when it is absent or null. */
    String member(String member) {
        String value = "";
        for (Map.Entry<String, JsonNode> each : body.properties()) {
            if (each.getKey().equalsIgnoreCase(member)) { // the last one counts, as in the model records
                JsonNode found = each.getValue();
                if (!found.isTextual() && !found.isNull()) {
                    throw invalid(complaint + ": " + member + ": wrong type");
                }
                value = found.isNull() ? value : found.textValue();
            }
        }
        return value;
    }

    <T> T body(Class<T> model) {
        return Json.as(body, model, complaint);
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, text);
    }
}
