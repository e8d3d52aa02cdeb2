package sluice.http;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.PrivateTokens;

/** One token of the function {@code wc}, one key for each namespace; the default namespace has too many. */
final class SomeTokens implements PrivateTokens {
    private static final Instant THEN = Instant.parse("2031-05-01T00:00:00Z");
    private static final Key KEY = new Key("k1", THEN, true, "-----BEGIN RSA PUBLIC KEY-----");
    private static final Token TOKEN =
            new Token(RunningGateway.TOKEN, new Scope("openfaas-fn", "wc"), "till", "admin", THEN, THEN, false, THEN);

    @Override
    public Mono<Issued> issue(Scope scope, String description, @Nullable Instant expires, String by) {
        return Mono.just(
                new Issued(new Token(RunningGateway.TOKEN, scope, description, by, THEN, THEN, false, null), "a.b.c"));
    }

    @Override
    public @Nullable Token find(String id) {
        return id.equals(TOKEN.id()) ? TOKEN : null;
    }

    @Override
    public List<Token> list(@Nullable Scope scope) {
        return scope == null || scope.equals(TOKEN.scope()) ? List.of(TOKEN) : List.of();
    }

    @Override
    public Mono<Void> revoke(String id) {
        return Mono.empty();
    }

    @Override
    public Mono<Void> revokeAll(Scope scope) {
        return Mono.empty();
    }

    @Override
    public List<Key> keys(String namespace) {
        return List.of(KEY);
    }

    @Override
    public Mono<Key> rotate(String namespace) {
        return namespace.equals("openfaas-fn")
                ? Mono.error(Failure.CONFLICT.in(Component.ACCESS, "there are 8 keys already"))
                : Mono.just(KEY);
    }

    @Override
    public Mono<Void> removeKey(String namespace, String keyId) {
        return keyId.equals(KEY.id())
                ? Mono.empty()
                : Mono.error(Failure.NOT_FOUND.in(Component.ACCESS, "there is no key of this id"));
    }

    @Override
    public Mono<Void> forget(String namespace) {
        return Mono.empty();
    }
}
