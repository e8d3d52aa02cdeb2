package sluice.access.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may be done (iam.openfaas.com/v1, Policy): statements, any one of which is enough. */
record Policy(String name, List<Statement> statements) {
    /**
     * One permission.
     *
     * @param sid its label, for the audit
     */
    record Statement(String sid, List<String> actions, List<String> resources, List<Condition> conditions) {
        boolean permits(Permission asked, JsonNode claims) {
            return hasAction(asked.action())
                    && resources.stream().anyMatch(asked::isWithin)
                    && conditions.stream().allMatch(each -> each.holds(claims));
        }

        private boolean hasAction(String asked) {
            for (String action : actions) {
                if (Glob.matches(action, asked)) {
                    return true;
                }
            }
            return false;
        }
    }

    static Policy read(String name, Spec spec) throws SpecProblem {
        spec.only("statement");
        List<Statement> statements = new ArrayList<>();
        for (Spec each : spec.objects("statement")) {
            each.only("sid", "effect", "action", "resource", "condition");
            if (!each.text("effect").equals("Allow")) {
                throw new SpecProblem(each.at("effect"), "must be Allow: there is no other");
            }
            statements.add(new Statement(
                    each.text("sid"),
                    each.texts("action"),
                    each.texts("resource"),
                    Condition.read(each.optionalObject("condition"))));
        }
        return new Policy(name, List.copyOf(statements));
    }

    /** The first statement that permits what is asked, or null. */
    @Nullable Statement find(Permission asked, JsonNode claims) {
        for (Statement statement : statements) {
            if (statement.permits(asked, claims)) {
                return statement;
            }
        }
        return null;
    }
}
