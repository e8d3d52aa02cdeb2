package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionProvider;
import sluice.core.PrivateTokens;
import sluice.core.Text;

/**
 * {@code /system/namespaces} and {@code /system/namespace/NAME}. The documentation writes the plural for some calls, the
 * clients the singular; both are served.
 */
final class NamespacesApi {
    private static final String RESERVED = "kube-system";

    private final FunctionProvider provider;
    private final @Nullable PrivateTokens tokens;

    /** @param tokens of private functions, which go with their namespace, or null */
    NamespacesApi(FunctionProvider provider, @Nullable PrivateTokens tokens) {
        this.provider = provider;
        this.tokens = tokens;
    }

    Mono<Answer> list(ApiCall call) {
        return provider.namespaces()
                .flatMap(names -> call.caller().rights().among(names, Action.NAMESPACE_LIST))
                .map(names -> Answer.json(200, names));
    }

    Mono<Answer> describe(ApiCall call) {
        requireName(call);
        return provider.namespace(call.name())
                .map(found -> Answer.json(200, new NamespaceBody(found.name(), found.annotations(), found.labels())));
    }

    Mono<Answer> create(ApiCall call) {
        String name = call.member("name");
        if (name.isEmpty()) {
            throw invalid("namespace not specified in request body");
        }
        if (!FunctionName.isLabel(name)) {
            throw invalid("validation failed: name: (" + Text.printable(name)
                    + ") is invalid, must be a valid DNS entry of at most 63 characters");
        }
        refuseReserved(name);
        return provider.createNamespace(marked(name, call)).thenReturn(Answer.empty(201));
    }

    Mono<Answer> update(ApiCall call) {
        requireSameName(call);
        return provider.updateNamespace(marked(call.name(), call)).thenReturn(Answer.empty(202));
    }

    Mono<Answer> remove(ApiCall call) {
        requireSameName(call);
        Mono<Void> forgotten = tokens == null ? Mono.empty() : Mono.defer(() -> tokens.forget(call.name()));
        return provider.removeNamespace(call.name()).then(forgotten).thenReturn(Answer.empty(202));
    }

    /** A namespace as it is sent and read. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record NamespaceBody(
            @Nullable String name,
            @Nullable Map<String, String> annotations,
            @Nullable Map<String, String> labels) {
        Map<String, String> orNoLabels() {
            return labels == null ? Map.of() : labels;
        }

        Map<String, String> orNoAnnotations() {
            return annotations == null ? Map.of() : annotations;
        }
    }

    /** Clients put the marker into labels, annotations or both; what is kept has it in both. */
    private static FunctionNamespace marked(String name, ApiCall call) {
        NamespaceBody body = call.body(NamespaceBody.class);
        if (!isMarked(body.orNoLabels()) && !isMarked(body.orNoAnnotations())) {
            throw invalid("request does not have openfaas=1 label");
        }
        return new FunctionNamespace(name, withMarker(body.orNoLabels()), withMarker(body.orNoAnnotations()));
    }

    private static boolean isMarked(Map<String, String> map) {
        return "1".equals(map.get(FunctionNamespace.MARKER));
    }

    private static Map<String, String> withMarker(Map<String, String> map) {
        Map<String, String> marked = new TreeMap<>(map);
        marked.values().removeIf(value -> value == null);
        marked.put(FunctionNamespace.MARKER, "1");
        return marked;
    }

    private static void requireName(ApiCall call) {
        if (call.name().isEmpty()) {
            throw invalid("namespace not specified in URL");
        }
        if (!FunctionName.isLabel(call.name())) {
            throw Failure.NOT_FOUND.in(Component.GATEWAY, "namespace " + call.name() + " not found");
        }
    }

    private static void requireSameName(ApiCall call) {
        requireName(call);
        String name = call.member("name");
        if (!name.isEmpty() && !name.equals(call.name())) {
            throw invalid("namespace in request body does not match namespace in URL");
        }
        refuseReserved(call.name());
    }

    private static void refuseReserved(String name) {
        if (name.equals(RESERVED)) {
            throw invalid("namespace " + RESERVED + " is reserved");
        }
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, text);
    }
}
