package sluice.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.AccessGate;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.Identity;

/**
 * A control call as its handler sees it. Names that access depends on are read here and nowhere else.
 *
 * @param name what the path left open, or empty
 * @param body a JSON object, or missing
 * @param complaint the words with which a member of the body is refused
 * @param caller who was allowed to make it, and what else they may
 * @param again asks anew whether they may, for what lasts
 */
record ApiCall(
        String name,
        Query query,
        JsonNode body,
        String complaint,
        String defaultNamespace,
        AccessGate.Decision.Allow caller,
        Supplier<Mono<AccessGate.Decision>> again,
        Source source) {
    private static final List<String> OBJECTS = List.of("service", "functionName", "name", "function_id");

    private static final List<String> REVOKED = List.of("jti", "subject", "sha256");

    /** The caller of what everybody may call. */
    private static final AccessGate.Decision.Allow NOBODY =
            new AccessGate.Decision.Allow(Identity.of("", ""), (action, namespace, function) -> null, "");

    ApiCall(String name, Query query, String complaint, String defaultNamespace, Source source) {
        this(
                name,
                query,
                MissingNode.getInstance(),
                complaint,
                defaultNamespace,
                NOBODY,
                () -> Mono.just(NOBODY),
                source);
    }

    /**
     * Where the call comes from.
     *
     * @param host what the client thinks it talks to; a stranger's word
     * @param callId its name in logs
     */
    record Source(InetSocketAddress peer, String host, String callId) {
        static Source of(HttpServerRequest request) {
            HttpHeaders headers = request.requestHeaders();
            return new Source(
                    Objects.requireNonNull(request.remoteAddress()),
                    headers.get(HttpHeaderNames.HOST, ""),
                    ErrorResponses.callId(headers));
        }
    }

    ApiCall withBody(JsonNode object) {
        return new ApiCall(name, query, object, complaint, defaultNamespace, caller, again, source);
    }

    ApiCall by(AccessGate.Decision.Allow allowed, Supplier<Mono<AccessGate.Decision>> asking) {
        return new ApiCall(name, query, body, complaint, defaultNamespace, allowed, asking, source);
    }

    /** The same call about another name. */
    ApiCall named(String other) {
        return new ApiCall(other, query, body, complaint, defaultNamespace, caller, again, source);
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

    /** The name of what the call is about, for the audit; empty when it is about all or says so in no usable way. */
    String object() {
        if (!query.text("function_id").isEmpty()) {
            return query.text("function_id");
        }
        if (!name.isEmpty()) {
            return name;
        }
        for (String each : OBJECTS) {
            for (Map.Entry<String, JsonNode> member : body.properties()) {
                if (member.getKey().equalsIgnoreCase(each) && member.getValue().isTextual()) {
                    return member.getValue().textValue();
                }
            }
        }
        return query.text("name");
    }

    /** What is made worthless, for the audit; empty when nothing is. */
    String revoked() {
        for (String each : REVOKED) {
            if (body.path(each).isTextual()) {
                return body.path(each).textValue();
            }
        }
        return "";
    }

    <T> T body(Class<T> model) {
        return Json.as(body, model, complaint);
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, text);
    }
}
