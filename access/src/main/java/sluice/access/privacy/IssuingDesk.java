package sluice.access.privacy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.PrivateTokens;

/** Gives out tokens of private functions and takes them back, by writing into a {@link TokenBook}. Thread-safe. */
final class IssuingDesk implements PrivateTokens {
    private static final Logger log = LoggerFactory.getLogger(IssuingDesk.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Comparator<Token> NEWEST_FIRST =
            Comparator.comparing(Token::created).thenComparing(Token::id).reversed();
    private static final int ID_BYTES = 16;

    private final TokenBook book;
    private final PrivacyConfig config;
    private final Scheduler scheduler;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Mono<NamespaceKey>> making = new ConcurrentHashMap<>();

    /** @param scheduler makes keys and signs */
    IssuingDesk(TokenBook book, PrivacyConfig config, Scheduler scheduler, Clock clock) {
        this.book = book;
        this.config = config;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    @Override
    public Mono<Issued> issue(Scope scope, String description, @Nullable Instant expires, String by) {
        return Mono.defer(() -> {
                    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
                    Instant end = expires == null ? now.plus(config.defaultLifetime()) : expires;
                    requireLifetime(now, end);
                    if (book.tokens() >= config.maxTokens()) {
                        throw unavailable(
                                "there are " + config.maxTokens() + " tokens already (SLUICE_AUTH_PRIVATE_MAX_TOKENS)");
                    }
                    return signingKey(scope.namespace()).flatMap(key -> issue(scope, description, end, by, key));
                })
                .onErrorMap(IssuingDesk::asFailure);
    }

    private Mono<Issued> issue(Scope scope, String description, Instant expires, String by, NamespaceKey key) {
        return Mono.fromCallable(() -> signed(scope, description, expires, by, key)) // ids are random: that may wait
                .subscribeOn(scheduler)
                .flatMap(signed -> book.putToken(scope.namespace(), signed.about())
                        .thenReturn(new Issued(told(scope.namespace(), signed.about()), signed.text())));
    }

    private Signed signed(Scope scope, String description, Instant expires, String by, NamespaceKey key) {
        Instant end = expires.truncatedTo(ChronoUnit.SECONDS);
        IssuedToken token = new IssuedToken(newId(), scope.function(), description, by, issuedAt(scope), end, false);
        return new Signed(token, key.sign(claims(scope, token)));
    }

    /** A token that nobody has seen yet. */
    private record Signed(IssuedToken about, String text) {
        @Override
        public String toString() {
            return "Signed[" + about.id() + ", REDACTED]";
        }
    }

    /** Now; but after whatever made all earlier ones worthless, within the same second too. */
    private Instant issuedAt(Scope scope) {
        NamespaceTokens known = book.find(scope.namespace());
        long now = clock.instant().getEpochSecond();
        long mark = known == null ? now - 1 : Math.max(known.mark(""), known.mark(scope.function()));
        return Instant.ofEpochSecond(Math.max(now, mark + 1));
    }

    private byte[] claims(Scope scope, IssuedToken token) {
        NamespaceTokens known = book.find(scope.namespace());
        ObjectNode claims = JSON.createObjectNode(); // in this order: see NamespaceTokens.isClaimedBy
        claims.put("iss", known == null ? "" : known.issuer());
        claims.put("sub", "token");
        claims.put("aud", PrivateVerifier.AUDIENCE);
        claims.put("iat", token.created().getEpochSecond());
        claims.put("exp", token.expires().getEpochSecond());
        claims.put("jti", token.id());
        ObjectNode application = claims.putArray(PrivateVerifier.CLAIM).addObject();
        application.put("namespace_id", scope.namespace());
        if (!scope.function().isEmpty()) {
            application.put("function_id", scope.functionId());
            application.put("application_id", scope.functionId());
        }
        return claims.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void requireLifetime(Instant now, Instant expires) {
        if (!expires.isAfter(now)) {
            throw invalid("expires_at: must be in the future");
        }
        if (expires.isAfter(now.plus(config.maxLifetime()))) {
            throw invalid("expires_at: must be within " + config.maxLifetime().toHours()
                    + "h from now (SLUICE_AUTH_PRIVATE_MAX_LIFETIME)");
        }
    }

    /** The key that signs for a namespace; the first who asks has it made. */
    Mono<NamespaceKey> signingKey(String namespace) {
        return Mono.defer(() -> {
            requireReady();
            NamespaceTokens known = book.find(namespace);
            NamespaceKey key = known == null ? null : known.signing();
            if (key != null) {
                return Mono.just(key);
            }
            if (known != null && !known.keysNewestFirst().isEmpty()) {
                throw unavailable("the keys of " + namespace + " cannot be read (SLUICE_AUTH_MASTER_KEY_FILE)");
            }
            return making.computeIfAbsent(
                    namespace,
                    name -> newKey(name).doFinally(end -> making.remove(name)).cache());
        });
    }

    private Mono<NamespaceKey> newKey(String namespace) {
        return Mono.fromCallable(() ->
                        NamespaceKey.generate(config.keyBits(), clock.instant().truncatedTo(ChronoUnit.SECONDS)))
                .subscribeOn(scheduler)
                .flatMap(key -> book.putKey(namespace, key).thenReturn(key));
    }

    @Override
    public @Nullable Token find(String id) {
        for (NamespaceTokens each : book.all()) {
            IssuedToken token = each.token(id);
            if (token != null) {
                return told(each.namespace(), token);
            }
        }
        return null;
    }

    @Override
    public List<Token> list(@Nullable Scope scope) {
        Stream<NamespaceTokens> namespaces = book.all().stream()
                .filter(each -> scope == null || each.namespace().equals(scope.namespace()));
        return namespaces
                .flatMap(each -> each.tokens().stream()
                        .filter(token -> scope == null
                                || scope.function().isEmpty()
                                || scope.function().equals(token.function()))
                        .map(token -> told(each.namespace(), token)))
                .sorted(NEWEST_FIRST)
                .toList();
    }

    @Override
    public Mono<Void> revoke(String id) {
        return Mono.defer(() -> {
                    requireReady();
                    Token token = find(id);
                    if (token == null) {
                        throw Failure.NOT_FOUND.in(Component.ACCESS, "there is no token of this id");
                    }
                    String namespace = token.scope().namespace();
                    NamespaceTokens known = book.find(namespace);
                    IssuedToken kept = known == null ? null : known.token(id);
                    return kept == null || kept.isRevoked()
                            ? Mono.<Void>empty()
                            : book.putToken(namespace, kept.revoked());
                })
                .onErrorMap(IssuingDesk::asFailure);
    }

    @Override
    public Mono<Void> revokeAll(Scope scope) {
        return Mono.defer(() -> {
                    requireReady();
                    return book.putMark(scope.namespace(), scope.function(), untilNow(scope.namespace()));
                })
                .onErrorMap(IssuingDesk::asFailure);
    }

    /** Now; or when the newest token begins, which after an earlier revocation is a second ahead. */
    private Instant untilNow(String namespace) {
        NamespaceTokens known = book.find(namespace);
        Instant now = clock.instant();
        return known == null
                ? now
                : known.tokens().stream()
                        .map(IssuedToken::created)
                        .filter(created -> created.isAfter(now))
                        .max(Comparator.naturalOrder())
                        .orElse(now);
    }

    @Override
    public List<Key> keys(String namespace) {
        NamespaceTokens known = book.find(namespace);
        if (known == null) {
            return List.of();
        }
        NamespaceKey signing = known.signing();
        return known.keysNewestFirst().stream()
                .map(key -> new Key(key.id(), key.created(), key.equals(signing), key.pem()))
                .toList();
    }

    @Override
    public Mono<Key> rotate(String namespace) {
        return Mono.defer(() -> {
                    requireReady();
                    if (keys(namespace).size() >= PrivacyConfig.MOST_KEYS) {
                        throw Failure.CONFLICT.in(
                                Component.ACCESS,
                                "namespace " + namespace + " has " + PrivacyConfig.MOST_KEYS
                                        + " keys already: remove one first");
                    }
                    return newKey(namespace);
                })
                .map(key -> new Key(key.id(), key.created(), true, key.pem()))
                .onErrorMap(IssuingDesk::asFailure);
    }

    @Override
    public Mono<Void> removeKey(String namespace, String keyId) {
        return Mono.defer(() -> {
                    requireReady();
                    NamespaceTokens known = book.find(namespace);
                    if (known == null || known.key(keyId) == null) {
                        throw Failure.NOT_FOUND.in(Component.ACCESS, "there is no key of this id");
                    }
                    return book.dropKey(namespace, keyId);
                })
                .onErrorMap(IssuingDesk::asFailure);
    }

    @Override
    public Mono<Void> forget(String namespace) {
        return Mono.defer(() -> {
                    NamespaceTokens known = book.find(namespace);
                    return known == null
                            ? Mono.<Void>empty()
                            : Flux.fromIterable(known.keysNewestFirst())
                                    .concatMap(key -> book.dropKey(namespace, key.id()))
                                    .thenMany(Flux.fromIterable(List.copyOf(known.tokens())))
                                    .concatMap(token -> book.dropToken(namespace, token.id()))
                                    .then();
                })
                .onErrorMap(IssuingDesk::asFailure);
    }

    private Token told(String namespace, IssuedToken token) {
        NamespaceTokens known = book.find(namespace);
        boolean isRevoked = token.isRevoked() || (known != null && known.isMarked(token.created(), token.function()));
        return new Token(
                token.id(),
                new Scope(namespace, token.function()),
                token.description(),
                token.by(),
                token.created(),
                token.expires(),
                isRevoked,
                known == null ? null : known.lastUsed(token.id()));
    }

    private void requireReady() {
        if (!book.isReady()) {
            throw unavailable("keys and tokens have not been read yet");
        }
    }

    private String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** How long a key counts that does not sign any more. */
    static Duration overlap(PrivacyConfig config) {
        return config.maxLifetime().plus(Duration.ofMinutes(10));
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.ACCESS, "validation failed: " + text);
    }

    private static FailureException unavailable(String what) {
        return Failure.UNAVAILABLE.in(Component.ACCESS, "tokens unavailable: " + what);
    }

    private static Throwable asFailure(Throwable error) {
        if (error instanceof FailureException) {
            return error;
        }
        log.warn("keys and tokens of private functions cannot be written: {}", error.toString());
        return unavailable("they cannot be written now");
    }
}
