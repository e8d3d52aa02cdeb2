package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.Functions;
import sluice.core.PrivateTokens;
import sluice.core.PrivateTokens.Scope;

/**
 * {@code /system/tokens} and {@code issue-jwt}: tokens of private functions (Scaleway, "Restricting access to a function").
 * A namespace's id is its name, a function's {@code NAME.NAMESPACE}.
 */
final class TokensApi {
    private static final String NAMESPACE = TokenBody.NAMESPACE;
    private static final String FUNCTION = TokenBody.FUNCTION;
    private static final List<String> EXPIRES = List.of("expires_at", "expiration_date");
    private static final int LONGEST_DESCRIPTION = 256;
    private static final int MOST_ON_A_PAGE = 100;

    private final PrivateTokens tokens;
    private final Functions functions;
    private final FunctionProvider provider;

    TokensApi(PrivateTokens tokens, Functions functions, FunctionProvider provider) {
        this.tokens = tokens;
        this.functions = functions;
        this.provider = provider;
    }

    /** What is asked for in the namespace that the call names. */
    static Access where(Action action) {
        return new Access(action, TokensApi::namespace);
    }

    /** As {@link #where}, in all namespaces when none is named. */
    static Access whereOrEverywhere(Action action) {
        return new Access(action, call -> isScoped(call) ? namespace(call) : AccessGate.CLUSTER);
    }

    /** In the namespace of the token that the path names; of one that nobody knows, everywhere. */
    Access whereItIs(Action action) {
        return new Access(action, call -> {
            PrivateTokens.Token token = tokens.find(call.name());
            return token == null ? AccessGate.CLUSTER : token.scope().namespace();
        });
    }

    /** {@code GET issue-jwt}. */
    Mono<Answer> issue(ApiCall call) {
        return issued(call, 200);
    }

    Mono<Answer> create(ApiCall call) {
        return issued(call, 201);
    }

    private Mono<Answer> issued(ApiCall call, int status) {
        Scope scope = scope(call);
        Instant expires = expires(call);
        String description = given(call, "description");
        if (description.length() > LONGEST_DESCRIPTION) {
            throw Query.invalid("description", description, "is longer than " + LONGEST_DESCRIPTION + " characters");
        }
        String by = call.caller().identity().subject();
        return requireInvoke(call, scope)
                .then(requireExisting(scope))
                .then(Mono.defer(() -> tokens.issue(scope, description, expires, by)))
                .map(issued -> unkept(Answer.json(status, TokenBody.of(issued.about(), issued.token()))));
    }

    /** Who gives a key away must have one: nobody opens for others what is closed to himself. */
    private static Mono<Void> requireInvoke(ApiCall call, Scope scope) {
        return call.caller()
                .rights()
                .ask(Action.FUNCTION_INVOKE, scope.namespace(), scope.function())
                .switchIfEmpty(Mono.error(() -> {
                    String resource =
                            scope.namespace() + ":" + (scope.function().isEmpty() ? "*" : scope.function());
                    return Failure.NOT_PERMITTED.in(
                            Component.ACCESS,
                            "insufficient permissions: " + Action.FUNCTION_INVOKE.policyName() + " on " + resource);
                }))
                .then();
    }

    private Mono<Void> requireExisting(Scope scope) {
        if (!scope.function().isEmpty()) {
            return functions.find(new FunctionName(scope.function(), scope.namespace())) != null
                    ? Mono.empty()
                    : Mono.error(
                            Failure.NOT_FOUND.in(Component.GATEWAY, "function: " + scope.functionId() + " not found"));
        }
        return provider.namespaces()
                .filter(names -> names.contains(scope.namespace()))
                .switchIfEmpty(Mono.error(
                        () -> Failure.NOT_FOUND.in(Component.GATEWAY, "namespace " + scope.namespace() + " not found")))
                .then();
    }

    Mono<Answer> list(ApiCall call) {
        long page = number(call, "page", 1, Integer.MAX_VALUE, 1);
        int size = (int) number(call, "page_size", 1, MOST_ON_A_PAGE, MOST_ON_A_PAGE);
        Scope scope = isScoped(call) ? scope(call) : null;
        return Mono.fromSupplier(() -> {
            List<PrivateTokens.Token> all = tokens.list(scope);
            List<TokenBody> shown = all.stream()
                    .skip((page - 1) * size)
                    .limit(size)
                    .map(token -> TokenBody.of(token, null))
                    .toList();
            return Answer.json(200, new TokenBody.Page(shown, all.size()));
        });
    }

    Mono<Answer> describe(ApiCall call) {
        return Mono.just(Answer.json(200, TokenBody.of(known(call), null)));
    }

    Mono<Answer> revoke(ApiCall call) {
        return tokens.revoke(known(call).id()).thenReturn(Answer.empty(204));
    }

    Mono<Answer> revokeAll(ApiCall call) {
        Scope scope = scope(call);
        Mono<Void> exists = tokens.list(scope).isEmpty() ? requireExisting(scope) : Mono.empty();
        return exists.then(tokens.revokeAll(scope)).thenReturn(Answer.empty(204));
    }

    Mono<Answer> keys(ApiCall call) {
        String namespace = wholeNamespace(call);
        return Mono.just(Answer.json(
                200, tokens.keys(namespace).stream().map(TokenBody.Key::of).toList()));
    }

    Mono<Answer> rotate(ApiCall call) {
        String namespace = wholeNamespace(call);
        return requireExisting(new Scope(namespace, ""))
                .then(Mono.defer(() -> tokens.rotate(namespace)))
                .map(key -> Answer.json(201, TokenBody.Key.of(key)));
    }

    Mono<Answer> removeKey(ApiCall call) {
        return tokens.removeKey(wholeNamespace(call), call.name()).thenReturn(Answer.empty(204));
    }

    private PrivateTokens.Token known(ApiCall call) {
        PrivateTokens.Token token = tokens.find(call.name());
        if (token == null) {
            throw Failure.NOT_FOUND.in(Component.ACCESS, "there is no token of this id");
        }
        return token;
    }

    private static boolean isScoped(ApiCall call) {
        return !given(call, NAMESPACE).isEmpty() || !given(call, FUNCTION).isEmpty();
    }

    /** The namespace that is asked about. Where that cannot be told nothing is done either: the handler refuses. */
    private static String namespace(ApiCall call) {
        try {
            return scope(call).namespace();
        } catch (FailureException e) {
            return call.defaultNamespace();
        }
    }

    private static Scope scope(ApiCall call) {
        String namespace = given(call, NAMESPACE);
        String function = given(call, FUNCTION);
        if (namespace.isEmpty() == function.isEmpty()) {
            throw Failure.INVALID_REQUEST.in(
                    Component.GATEWAY, "validation failed: " + NAMESPACE + ", " + FUNCTION + ": name exactly one");
        }
        if (!function.isEmpty()) {
            FunctionName name = functionName(function, call.defaultNamespace());
            return new Scope(name.namespace(), name.name());
        }
        if (!FunctionName.isLabel(namespace)) {
            throw Query.invalid(NAMESPACE, namespace, "is no name of a namespace");
        }
        return new Scope(namespace, "");
    }

    private static FunctionName functionName(String id, String defaultNamespace) {
        try {
            return FunctionName.parse(id, defaultNamespace);
        } catch (FailureException e) {
            throw Query.invalid(FUNCTION, id, "must be NAME.NAMESPACE");
        }
    }

    private static String wholeNamespace(ApiCall call) {
        Scope scope = scope(call);
        if (!scope.function().isEmpty()) {
            throw Query.invalid(FUNCTION, scope.functionId(), "keys are those of a namespace");
        }
        return scope.namespace();
    }

    private static @Nullable Instant expires(ApiCall call) {
        for (String field : EXPIRES) {
            String text = given(call, field);
            if (!text.isEmpty()) {
                try {
                    return Instant.parse(text);
                } catch (DateTimeParseException e) {
                    throw Query.invalid(field, text, "must be a time such as 2031-05-01T00:00:00Z");
                }
            }
        }
        return null;
    }

    /** From the body if there is one, else from the query. */
    private static String given(ApiCall call, String field) {
        return call.body().isObject() ? call.member(field) : call.query().text(field);
    }

    static long number(ApiCall call, String field, int least, int most, int otherwise) {
        Long given = call.query().number(field);
        if (given == null) {
            return otherwise;
        }
        if (given < least || given > most) {
            throw Query.invalid(field, given.toString(), "must be " + least + " to " + most);
        }
        return given;
    }

    private static Answer unkept(Answer answer) {
        return answer.with(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }
}
