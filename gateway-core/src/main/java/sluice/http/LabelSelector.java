package sluice.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Requirements on labels, all of which must hold: {@code k}, {@code !k}, {@code k=v}, {@code k==v}, {@code k!=v},
 * {@code k in (v,w)}, {@code k notin (v,w)} (Kubernetes, labels and selectors).
 */
final class LabelSelector {
    static final LabelSelector ALL = new LabelSelector(List.of());

    private static final String KEY = "([-a-zA-Z0-9_./]{1,317})";
    private static final String VALUE = "([-a-zA-Z0-9_.]{0,63})";
    private static final Pattern EXISTS = Pattern.compile("(!?)\\s*" + KEY);
    private static final Pattern EQUALS = Pattern.compile(KEY + "\\s*(==|=|!=)\\s*" + VALUE);
    private static final Pattern IN = Pattern.compile(KEY + "\\s+(in|notin)\\s*\\(([-a-zA-Z0-9_., ]*)\\)");
    private static final Pattern COMMA = Pattern.compile(",(?![^(]*\\))"); // not within parentheses

    private final List<Predicate<Map<String, String>>> requirements;

    private LabelSelector(List<Predicate<Map<String, String>>> requirements) {
        this.requirements = requirements;
    }

    /**
     * Reads {@code text}; empty takes all.
     *
     * @throws sluice.core.FailureException for what cannot be read
     */
    static LabelSelector parse(String text) {
        if (text.isBlank()) {
            return ALL;
        }
        List<Predicate<Map<String, String>>> requirements = new ArrayList<>();
        for (String each : COMMA.split(text, -1)) {
            requirements.add(requirement(each.trim(), text));
        }
        return new LabelSelector(requirements);
    }

    boolean takes(Map<String, String> labels) {
        return requirements.stream().allMatch(requirement -> requirement.test(labels));
    }

    private static Predicate<Map<String, String>> requirement(String term, String whole) {
        Matcher exists = EXISTS.matcher(term);
        if (exists.matches()) {
            String key = exists.group(2);
            boolean isWanted = exists.group(1).isEmpty();
            return labels -> labels.containsKey(key) == isWanted;
        }
        Matcher equals = EQUALS.matcher(term);
        if (equals.matches()) {
            String key = equals.group(1);
            String value = equals.group(3);
            boolean isWanted = !equals.group(2).equals("!=");
            return labels -> value.equals(labels.get(key)) == isWanted;
        }
        Matcher in = IN.matcher(term);
        if (in.matches()) {
            String key = in.group(1);
            boolean isWanted = in.group(2).equals("in");
            var values =
                    Arrays.stream(in.group(3).split(",", -1)).map(String::trim).collect(Collectors.toSet());
            return labels -> (labels.containsKey(key) && values.contains(labels.get(key))) == isWanted;
        }
        throw Query.invalid("labelSelector", whole, "must be requirements as in k=v, k!=v, k in (v,w), k, !k");
    }
}
