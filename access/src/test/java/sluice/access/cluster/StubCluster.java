package sluice.access.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Mono;
import sluice.core.ClusterIdentity;

/**
 * A stub of a cluster: it knows the tokens and the rights that a test gives it, remembers what it was asked, and can be
 * away. It proves nothing about a real one.
 */
public final class StubCluster implements ClusterIdentity {
    public static final String ISSUER = "https://kubernetes.default.svc";

    public final List<String> reviewed = new CopyOnWriteArrayList<>();
    public final List<List<String>> audiences = new CopyOnWriteArrayList<>();
    public final List<Attributes> asked = new CopyOnWriteArrayList<>();
    public final List<ClusterUser> users = new CopyOnWriteArrayList<>();
    public final Map<String, Mono<TokenStatus>> tokens = new ConcurrentHashMap<>();
    public final Map<Attributes, AccessStatus> rights = new ConcurrentHashMap<>();
    public volatile Mono<?> trouble = Mono.empty();

    /** Knows {@code token} as one of {@code user}, for these audiences. */
    public void knows(String token, ClusterUser user, String... audiences) {
        tokens.put(token, Mono.just(new TokenStatus(true, user, List.of(audiences), "")));
    }

    /** Lets everybody do this. */
    public void allows(Attributes attributes) {
        rights.put(attributes, new AccessStatus(true, false, ""));
    }

    public static ClusterUser robot() {
        return new ClusterUser(
                "system:serviceaccount:ci:robot",
                "uid-1",
                List.of("system:serviceaccounts:ci", "system:authenticated"),
                Map.of("scopes", List.of("user:full")));
    }

    /** A JWT with these claims, signed by nobody. */
    public static String jwt(String claims) {
        return base64("{\"alg\":\"RS256\",\"kid\":\"a\"}") + "." + base64(claims) + "." + base64("signature");
    }

    public static Attributes functions(String verb, String namespace, String name) {
        return new Attributes.Resource("openfaas.com", "functions", "", verb, namespace, name);
    }

    @Override
    public Mono<TokenStatus> reviewToken(String token, List<String> audiences) {
        return Mono.defer(() -> {
            reviewed.add(token);
            this.audiences.add(audiences);
            return trouble.then(tokens.getOrDefault(token, Mono.just(new TokenStatus(false, null, List.of(), "no"))));
        });
    }

    @Override
    public Mono<String> issuer() {
        return Mono.just(ISSUER);
    }

    @Override
    public Mono<AccessStatus> reviewAccess(ClusterUser user, Attributes attributes) {
        return Mono.defer(() -> {
            asked.add(attributes);
            users.add(user);
            return trouble.thenReturn(rights.getOrDefault(attributes, new AccessStatus(false, false, "")));
        });
    }

    /** The questions that were asked about namespaces of these names. */
    public long askedAbout(Set<String> namespaces) {
        Map<String, Integer> count = new HashMap<>();
        for (Attributes each : asked) {
            if (each instanceof Attributes.Resource resource && namespaces.contains(resource.namespace())) {
                count.merge(resource.namespace(), 1, Integer::sum);
            }
        }
        return count.size();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
