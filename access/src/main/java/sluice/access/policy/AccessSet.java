package sluice.access.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.AccessObject;
import sluice.core.Action;

/**
 * All access objects that are in force, checked. Immutable; replaced as a whole. An object with anything in it that is
 * not understood grants nothing and is told in {@link #problems}.
 */
public final class AccessSet {
    /** Nothing: nobody is trusted. */
    public static final AccessSet EMPTY = new AccessSet(Map.of(), Map.of(), List.of(), List.of(), Map.of());

    private final Map<String, TrustedIssuer> issuers;
    private final Map<String, Policy> policies;
    private final List<Role> roles;
    private final List<String> problems;
    private final Map<String, Integer> invalid;

    private AccessSet(
            Map<String, TrustedIssuer> issuers,
            Map<String, Policy> policies,
            List<Role> roles,
            List<String> problems,
            Map<String, Integer> invalid) {
        this.issuers = Map.copyOf(issuers);
        this.policies = Map.copyOf(policies);
        this.roles = List.copyOf(roles);
        this.problems = List.copyOf(problems);
        this.invalid = Map.copyOf(invalid);
    }

    /**
     * What permitted something.
     *
     * @param sid the statement
     */
    public record Grant(String policy, String sid) {}

    /** Reads objects; of two with the same kind and name, and of two issuers with the same {@code iss}, neither counts. */
    public static AccessSet of(List<AccessObject> objects) {
        Reading reading = new Reading();
        objects.forEach(reading::add);
        return reading.finish();
    }

    /** The issuer of that {@code iss}, or null. */
    public @Nullable TrustedIssuer issuer(String iss) {
        return issuers.get(iss);
    }

    public Collection<TrustedIssuer> issuers() {
        return issuers.values();
    }

    /** Names of the policies that the holder of a token with these claims has by his roles. */
    public Set<String> policiesOf(JsonNode claims) {
        Set<String> names = new LinkedHashSet<>();
        for (Role role : roles) {
            if (role.isHeldBy(claims)) {
                role.policies().stream().filter(policies::containsKey).forEach(names::add);
            }
        }
        return names;
    }

    /** Whether there is a policy of that name. */
    public boolean hasPolicy(String name) {
        return policies.containsKey(name);
    }

    /** What permits the holder of {@code names} the action there, or null. An empty namespace asks for any at all. */
    public @Nullable Grant find(
            Collection<String> names, JsonNode claims, Action action, String namespace, String function) {
        Permission asked = Permission.of(action, namespace, function);
        for (String name : names) {
            Policy policy = policies.get(name);
            Policy.Statement statement = policy == null ? null : policy.find(asked, claims);
            if (statement != null) {
                return new Grant(name, statement.sid());
            }
        }
        return null;
    }

    /** The resources on which the holder of {@code names} may invoke functions, for a token that says so itself. */
    public Set<String> invocable(Collection<String> names, JsonNode claims) {
        Set<String> resources = new LinkedHashSet<>();
        for (String name : names) {
            Policy policy = policies.get(name);
            if (policy != null) {
                policy.statements().stream()
                        .filter(each -> each.conditions().stream().allMatch(condition -> condition.holds(claims)))
                        .filter(each -> each.actions().stream()
                                .anyMatch(action -> Glob.matches(action, Action.FUNCTION_INVOKE.policyName())))
                        .forEach(each -> resources.addAll(each.resources()));
            }
        }
        return resources;
    }

    /** One line for each object that was refused and each that looks wrong. */
    public List<String> problems() {
        return problems;
    }

    /** How many objects of a kind are in force. */
    public int valid(String kind) {
        return switch (kind) {
            case "JwtIssuer" -> issuers.size();
            case "Policy" -> policies.size();
            case "Role" -> roles.size();
            default -> 0;
        };
    }

    /** How many objects of a kind were refused. */
    public int invalid(String kind) {
        return invalid.getOrDefault(kind, 0);
    }

    /** Objects on their way into a set. */
    private static final class Reading {
        private final Map<String, TrustedIssuer> issuers = new LinkedHashMap<>();
        private final Map<String, Policy> policies = new LinkedHashMap<>();
        private final Map<String, Role> roles = new LinkedHashMap<>();
        private final List<String> problems = new ArrayList<>();
        private final Map<String, Integer> invalid = new LinkedHashMap<>();
        private final Set<String> twice = new HashSet<>();

        void add(AccessObject object) {
            try {
                Spec spec = new Spec("spec", object.spec());
                switch (object.kind()) {
                    case "JwtIssuer" -> put(issuers, object, TrustedIssuer.read(object.name(), spec));
                    case "Policy" -> put(policies, object, Policy.read(object.name(), spec));
                    case "Role" -> put(roles, object, Role.read(object.name(), spec));
                    default -> throw new SpecProblem("kind", "must be JwtIssuer, Policy or Role");
                }
            } catch (SpecProblem e) {
                refuse(object.kind(), object.origin() + ": " + object.name() + ": " + e.getMessage());
            }
        }

        AccessSet finish() {
            Map<String, TrustedIssuer> byIss = new LinkedHashMap<>();
            Set<String> same = new HashSet<>();
            for (TrustedIssuer issuer : issuers.values()) {
                if (byIss.put(issuer.iss(), issuer) != null) {
                    same.add(issuer.iss());
                }
            }
            for (String iss : same) {
                byIss.remove(iss);
                refuse("JwtIssuer", "two JwtIssuers have the iss " + iss + ": neither counts");
            }
            for (Role role : roles.values()) {
                role.policies().stream()
                        .filter(name -> !policies.containsKey(name))
                        .forEach(name -> problems.add("Role " + role.name() + ": there is no Policy " + name));
                if (role.isForEveryIssuer()) {
                    problems.add(
                            "Role " + role.name() + " has no condition on jwt:iss: tokens of every issuer may have it");
                }
            }
            return new AccessSet(byIss, policies, List.copyOf(roles.values()), problems, invalid);
        }

        private <T> void put(Map<String, T> into, AccessObject object, T read) throws SpecProblem {
            if (twice.contains(object.kind() + "/" + object.name()) || into.put(object.name(), read) != null) {
                into.remove(object.name());
                twice.add(object.kind() + "/" + object.name());
                throw new SpecProblem("metadata.name", "is there twice: neither counts");
            }
        }

        private void refuse(String kind, String problem) {
            invalid.merge(kind, 1, Integer::sum);
            problems.add(problem);
        }
    }
}
