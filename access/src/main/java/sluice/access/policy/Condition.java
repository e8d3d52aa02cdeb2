package sluice.access.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One claim compared with listed values, one of which must fit. Numbers and booleans compare by their JSON text; a claim
 * that is absent, null, an object, or a list where one value is asked for, fits nothing.
 *
 * @param anyElement whether the claim is a list of which one element must fit
 * @param claim the name at the top of the token
 */
record Condition(boolean anyElement, Test test, String claim, List<String> values) {
    private static final String FOR_ANY = "ForAnyValue:";
    private static final String PREFIX = "jwt:";

    /** How claim and value are compared. */
    enum Test {
        EQUAL,
        EQUAL_IGNORING_CASE,
        LIKE;

        boolean holds(String actual, String wanted) {
            return switch (this) {
                case EQUAL -> actual.equals(wanted);
                case EQUAL_IGNORING_CASE -> folded(actual).equals(folded(wanted));
                case LIKE -> Glob.matches(wanted, actual);
            };
        }

        private static String folded(String text) {
            return text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        }
    }

    /** Reads a map of operator to claim to values; all of the result must hold. */
    static List<Condition> read(Spec spec) throws SpecProblem {
        List<Condition> conditions = new ArrayList<>();
        for (String operator : spec.names()) {
            boolean anyElement = operator.startsWith(FOR_ANY);
            Test test = test(anyElement ? operator.substring(FOR_ANY.length()) : operator, spec.at(operator));
            for (Map.Entry<String, List<String>> each :
                    spec.object(operator).textLists().entrySet()) {
                String path = spec.at(operator) + "." + each.getKey();
                conditions.add(new Condition(anyElement, test, claim(each.getKey(), path), each.getValue()));
            }
        }
        return List.copyOf(conditions);
    }

    static String claim(String key, String path) throws SpecProblem {
        if (!key.startsWith(PREFIX) || key.length() == PREFIX.length()) {
            throw new SpecProblem(path, "must be jwt: and the name of a claim");
        }
        return key.substring(PREFIX.length());
    }

    boolean holds(JsonNode claims) {
        JsonNode actual = claims.path(claim);
        if (!anyElement) {
            return fits(actual);
        }
        if (!actual.isArray()) {
            return false;
        }
        for (JsonNode element : actual) {
            if (fits(element)) {
                return true;
            }
        }
        return false;
    }

    private boolean fits(JsonNode actual) {
        if (!actual.isTextual() && !actual.isNumber() && !actual.isBoolean()) {
            return false;
        }
        String text = actual.isTextual() ? actual.textValue() : actual.toString();
        for (String value : values) {
            if (test.holds(text, value)) {
                return true;
            }
        }
        return false;
    }

    private static Test test(String operator, String path) throws SpecProblem {
        return switch (operator) {
            case "StringEqual", "StringEquals" -> Test.EQUAL;
            case "StringEqualIgnoreCase", "StringEqualsIgnoreCase" -> Test.EQUAL_IGNORING_CASE;
            case "StringLike" -> Test.LIKE;
            default -> throw new SpecProblem(path, "is no operator");
        };
    }
}
