package sluice.gateway;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${NAME}} by a variable of the environment, as {@code faas-cli} does with the text of a stack file
 * before it reads it as YAML. {@code ${NAME:-default}} also replaces an empty variable, {@code ${NAME-default}} only
 * an unset one; a default may hold further variables; {@code $$} is a dollar sign. Without a default, an unset
 * variable is empty.
 */
final class Substitution {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final Map<String, String> environment;
    private final String text;
    private int at;

    private Substitution(Map<String, String> environment, String text) {
        this.environment = environment;
        this.text = text;
    }

    /** {@code line} with its variables replaced; throws IllegalArgumentException that tells what is wrong with one. */
    static String apply(Map<String, String> environment, String line) {
        return new Substitution(environment, line).untilEnd(false);
    }

    private String untilEnd(boolean isDefault) {
        StringBuilder out = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (isDefault && c == '}') {
                return out.toString();
            }
            if (text.startsWith("$$", at)) {
                out.append('$');
                at += 2;
            } else if (text.startsWith("${", at)) {
                out.append(variable());
            } else {
                out.append(c);
                at++;
            }
        }
        if (isDefault) {
            throw new IllegalArgumentException("${ without its }");
        }
        return out.toString();
    }

    private String variable() {
        int start = at + 2;
        int end = start;
        while (end < text.length() && ":-}".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        String name = text.substring(start, end);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("${" + name + "} is not the name of a variable");
        }
        String value = environment.get(name);
        at = end;
        if (text.startsWith(":-", at)) {
            at += 2;
            String otherwise = untilEnd(true);
            value = value == null || value.isEmpty() ? otherwise : value;
        } else if (text.startsWith("-", at)) {
            at++;
            String otherwise = untilEnd(true);
            value = value == null ? otherwise : value;
        }
        if (!text.startsWith("}", at)) {
            throw new IllegalArgumentException(
                    "${" + name + " must end with } or have a default, ${" + name + ":-text}");
        }
        at++;
        return value == null ? "" : value;
    }
}
