package sluice.access.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** Who gets which policies (iam.openfaas.com/v1, Role). */
record Role(String name, List<String> policies, List<String> subjects, List<Condition> conditions) {
    static Role read(String name, Spec spec) throws SpecProblem {
        spec.only("policy", "principal", "condition");
        Map<String, List<String>> principal = spec.optionalObject("principal").textLists();
        for (String key : principal.keySet()) {
            if (!key.equals("jwt:sub")) {
                throw new SpecProblem(spec.at("principal") + "." + key, "is unknown: only jwt:sub can be a principal");
            }
        }
        List<Condition> conditions = Condition.read(spec.optionalObject("condition"));
        List<String> subjects = principal.getOrDefault("jwt:sub", List.of());
        if (subjects.isEmpty() && conditions.isEmpty()) {
            throw new SpecProblem("spec", "needs a principal or a condition: without, everyone would have the role");
        }
        return new Role(name, spec.has("policy") ? spec.texts("policy") : List.of(), subjects, conditions);
    }

    boolean isHeldBy(JsonNode claims) {
        return (subjects.isEmpty() || subjects.contains(claims.path("sub").asText("")))
                && conditions.stream().allMatch(each -> each.holds(claims));
    }

    /** Whether tokens of any registered issuer can have it. */
    boolean isForEveryIssuer() {
        return conditions.stream().noneMatch(each -> each.claim().equals("iss"));
    }
}
