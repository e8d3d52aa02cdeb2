package sluice.access.privacy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import sluice.access.revocation.DenyList;
import sluice.access.revocation.Pulse;
import sluice.core.fleet.FleetMap;

/**
 * Everything that is known of tokens of private functions: a copy in memory of a small map, which is a file of this machine
 * or shared by all gateways. What is written counts here at once, and everywhere when the map has told it. Thread-safe;
 * reads never wait. Until all of a shared map has come (see {@link Pulse}) nothing may be decided by it. The same map holds
 * what the {@link DenyList} knows, and is read here for both.
 */
public final class TokenBook implements Disposable {
    private static final Logger log = LoggerFactory.getLogger(TokenBook.class);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final String KEY = "key";
    private static final String TOKEN = "token";
    private static final String MARK = "mark";
    private static final String USED = "used";

    private final FleetMap map;
    private final String issuer;
    private final @Nullable KeySeal seal;
    private final Pulse pulse;
    private final DenyList denials;
    private final Map<String, NamespaceTokens> namespaces = new ConcurrentHashMap<>();
    private final Disposable.Composite running = Disposables.composite();

    /**
     * A book that is empty until it is {@link #open opened}.
     *
     * @param issuer begins the name of the issuer of every namespace
     */
    TokenBook(FleetMap map, String issuer, @Nullable KeySeal seal, Pulse pulse, DenyList denials) {
        this.map = map;
        this.issuer = issuer;
        this.seal = seal;
        this.pulse = pulse;
        this.denials = denials;
    }

    /**
     * Follows the map until disposed.
     *
     * @param member under which marks are written, or empty for a map that has told everything when it is subscribed to
     */
    TokenBook open(String member) {
        running.add(map.changes()
                .doOnNext(this::take)
                .doOnError(e -> log.warn("keys and tokens are not followed: {}", e.toString()))
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, AGAIN))
                .subscribe());
        if (!member.isEmpty()) {
            pulse.begin(map, member);
            running.add(pulse);
        }
        return this;
    }

    /** Whether everything has been read that was written before the start. */
    public boolean isReady() {
        return pulse.isReady();
    }

    /** What is known of a namespace, or null when it has never had a key. */
    public @Nullable NamespaceTokens find(String namespace) {
        return namespaces.get(namespace);
    }

    Collection<NamespaceTokens> all() {
        return namespaces.values();
    }

    /** Tokens that are kept, in all namespaces. */
    public int tokens() {
        return namespaces.values().stream()
                .mapToInt(each -> each.tokens().size())
                .sum();
    }

    /** Those of them that do not count any more. */
    public long revoked() {
        return namespaces.values().stream()
                .flatMap(each -> each.tokens().stream())
                .filter(IssuedToken::isRevoked)
                .count();
    }

    Mono<Void> putKey(String namespace, NamespaceKey key) {
        return map.put(name(KEY, namespace, key.id()), key.stored(namespace, seal))
                .doOnSuccess(done -> of(namespace).putKey(key));
    }

    Mono<Void> dropKey(String namespace, String id) {
        return map.remove(name(KEY, namespace, id))
                .doOnSuccess(done -> of(namespace).dropKey(id));
    }

    Mono<Void> putToken(String namespace, IssuedToken token) {
        return map.put(name(TOKEN, namespace, token.id()), token.stored())
                .doOnSuccess(done -> of(namespace).putToken(token));
    }

    Mono<Void> dropToken(String namespace, String id) {
        return map.remove(name(TOKEN, namespace, id))
                .then(map.remove(name(USED, namespace, id)))
                .doOnSuccess(done -> of(namespace).dropToken(id));
    }

    Mono<Void> putMark(String namespace, String function, Instant until) {
        long second = until.getEpochSecond();
        return map.put(mark(namespace, function), number(second))
                .doOnSuccess(done -> of(namespace).putMark(function, second));
    }

    Mono<Void> dropMark(String namespace, String function) {
        return map.remove(mark(namespace, function))
                .doOnSuccess(done -> of(namespace).dropMark(function));
    }

    Mono<Void> putUse(String namespace, String id, Instant when) {
        return map.put(name(USED, namespace, id), number(when.getEpochSecond()))
                .doOnSuccess(done -> of(namespace).putUse(id, when.getEpochSecond()));
    }

    @Override
    public void dispose() {
        running.dispose();
    }

    @Override
    public boolean isDisposed() {
        return running.isDisposed();
    }

    private NamespaceTokens of(String namespace) {
        return namespaces.computeIfAbsent(namespace, name -> new NamespaceTokens(name, issuer + "/private/" + name));
    }

    private void take(FleetMap.Change change) {
        if (pulse.takes(change)) {
            return;
        }
        String[] path = change.key().split("\\.", 3);
        try {
            if (path[0].equals(DenyList.KEY)) {
                denials.take(path[path.length - 1], change.value());
            } else if (path.length == 2) {
                takeMark(of(path[1]), "", change.value());
            } else if (path.length == 3) {
                take(path[0], of(path[1]), path[2], change.value());
            }
        } catch (IOException | IllegalArgumentException e) { // of a newer version, or damaged: the others still count
            log.warn("{} {} cannot be read: {}", path[0], path.length > 1 ? path[1] : "", e.getMessage());
        }
    }

    private void take(String kind, NamespaceTokens into, String id, byte @Nullable [] value) throws IOException {
        switch (kind) {
            case KEY -> {
                if (value == null) {
                    into.dropKey(id);
                } else {
                    into.putKey(NamespaceKey.read(into.namespace(), id, value, seal));
                }
            }
            case TOKEN -> {
                if (value == null) {
                    into.dropToken(id);
                } else {
                    into.putToken(IssuedToken.read(id, value));
                }
            }
            case MARK -> takeMark(into, id, value);
            case USED -> {
                if (value != null) {
                    into.putUse(id, number(value));
                }
            }
            default -> log.debug("nothing is known of {}", kind);
        }
    }

    private static void takeMark(NamespaceTokens into, String function, byte @Nullable [] value) {
        if (value == null) {
            into.dropMark(function);
        } else {
            into.putMark(function, number(value));
        }
    }

    private static String name(String kind, String namespace, String id) {
        return kind + "." + namespace + "." + id;
    }

    private static String mark(String namespace, String function) {
        return function.isEmpty() ? MARK + "." + namespace : name(MARK, namespace, function);
    }

    private static byte[] number(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static long number(byte[] text) {
        return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
    }
}
