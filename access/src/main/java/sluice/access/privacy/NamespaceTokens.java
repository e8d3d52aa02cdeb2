package sluice.access.privacy;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sluice.access.token.VerifiedToken;
import sluice.core.Identity;

/**
 * Keys and tokens of one namespace as they are known here. Readers never wait; {@link TokenBook} writes. The {@link #epoch}
 * grows with everything that makes a token worthless, so that whoever remembers a token only compares a number.
 */
public final class NamespaceTokens {
    private static final Comparator<NamespaceKey> NEWEST_FIRST = Comparator.comparing(NamespaceKey::created)
            .thenComparing(NamespaceKey::id)
            .reversed();

    private final String namespace;
    private final String issuer;
    private final byte[] prefix;
    private final Map<String, IssuedToken> tokens = new ConcurrentHashMap<>();
    private final Map<String, Long> marks = new ConcurrentHashMap<>();
    private final Map<String, LastUse> uses = new ConcurrentHashMap<>();
    private final Map<String, Long> used = new ConcurrentHashMap<>();
    private volatile Map<String, NamespaceKey> keys = Map.of();
    private volatile int epoch;

    NamespaceTokens(String namespace, String issuer) {
        this.namespace = namespace;
        this.issuer = issuer;
        byte[] start = ("{\"iss\":\"" + issuer + "\",\"sub\":\"token\"").getBytes(StandardCharsets.UTF_8);
        byte[] whole = java.util.Arrays.copyOf(start, start.length - start.length % 3); // whole groups of base64
        this.prefix = Base64.getUrlEncoder().withoutPadding().encode(whole);
    }

    String namespace() {
        return namespace;
    }

    /** What its tokens say in {@code iss}. */
    public String issuer() {
        return issuer;
    }

    /** Grows with every revocation. */
    public int epoch() {
        return epoch;
    }

    /** The key of this id, to check with; null when there is none. */
    public @Nullable PublicKey key(String id) {
        NamespaceKey key = keys.get(id);
        return key == null ? null : key.open();
    }

    /** Whether a verified token of this namespace has been made worthless. */
    public boolean isRevoked(VerifiedToken token, String function) {
        IssuedToken known = tokens.get(token.id());
        return (known != null && known.isRevoked()) || isMarked(token.issuedAt(), function);
    }

    /**
     * Whether a token that let somebody in before has been made worthless since.
     *
     * @param function that he was let in to
     */
    public boolean isRevoked(Identity who, String function) {
        IssuedToken known = tokens.get(who.tokenId());
        Instant issued = who.issued();
        if (known != null) {
            return known.isRevoked() || isMarked(known.created(), known.function());
        }
        return issued != null && isMarked(issued, function);
    }

    /** Whether all tokens of that time for that function, or for all, have been made worthless. */
    boolean isMarked(Instant issued, String function) {
        long second = issued.getEpochSecond();
        return second <= mark("") || (!function.isEmpty() && second <= mark(function));
    }

    /** Where the uses of a token are noted. */
    public LastUse lastUse(String id) {
        return uses.computeIfAbsent(id, first -> new LastUse());
    }

    /**
     * Whether the compact token that begins at {@code start} claims to be one of this namespace. Its tokens begin with
     * that claim, so the first characters tell.
     */
    public boolean isClaimedBy(CharSequence token, int start) {
        int dot = start;
        while (dot < token.length() && token.charAt(dot) != '.') {
            dot++;
        }
        if (token.length() - dot - 1 < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (token.charAt(dot + 1 + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #isClaimedBy(CharSequence, int)}, of bytes. */
    public boolean isClaimedBy(byte[] bytes, int start, int end) {
        int dot = start;
        while (dot < end && bytes[dot] != '.') {
            dot++;
        }
        return end - dot - 1 >= prefix.length
                && java.util.Arrays.equals(bytes, dot + 1, dot + 1 + prefix.length, prefix, 0, prefix.length);
    }

    @Nullable NamespaceKey signing() {
        return keys.values().stream()
                .filter(key -> key.secret() != null)
                .min(NEWEST_FIRST)
                .orElse(null);
    }

    List<NamespaceKey> keysNewestFirst() {
        return keys.values().stream().sorted(NEWEST_FIRST).toList();
    }

    Collection<IssuedToken> tokens() {
        return tokens.values();
    }

    @Nullable IssuedToken token(String id) {
        return tokens.get(id);
    }

    Map<String, Long> marks() {
        return marks;
    }

    Map<String, LastUse> uses() {
        return uses;
    }

    /** Second up to which tokens do not count: all of the namespace's when {@code function} is empty. */
    long mark(String function) {
        return marks.getOrDefault(function, Long.MIN_VALUE);
    }

    @Nullable Instant lastUsed(String id) {
        Long seconds = used.get(id);
        return seconds == null ? null : Instant.ofEpochSecond(seconds);
    }

    // ---- written by the book ---------------------------------------------------------------------------------------

    synchronized void putKey(NamespaceKey key) {
        Map<String, NamespaceKey> more = new HashMap<>(keys);
        more.put(key.id(), key);
        keys = Map.copyOf(more);
    }

    synchronized void dropKey(String id) {
        Map<String, NamespaceKey> fewer = new HashMap<>(keys);
        fewer.remove(id);
        keys = Map.copyOf(fewer);
        epoch++;
    }

    /** Nothing makes a revoked token count again, in whatever order the news come. */
    synchronized void putToken(IssuedToken token) {
        IssuedToken before = tokens.get(token.id());
        boolean wasRevoked = before != null && before.isRevoked();
        tokens.put(token.id(), wasRevoked ? token.revoked() : token);
        if (token.isRevoked() && !wasRevoked) {
            epoch++;
        }
    }

    synchronized void dropToken(String id) {
        tokens.remove(id);
        uses.remove(id);
        used.remove(id);
    }

    synchronized void putMark(String function, long second) {
        if (second > mark(function)) {
            marks.put(function, second);
            epoch++;
        }
    }

    synchronized void dropMark(String function) {
        marks.remove(function);
    }

    synchronized void putUse(String id, long second) {
        if (tokens.containsKey(id)) {
            used.merge(id, second, Math::max);
        }
    }
}
