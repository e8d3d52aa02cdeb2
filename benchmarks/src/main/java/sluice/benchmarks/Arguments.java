package sluice.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The words of a command line, option by option; each must be asked for. Errors are one line for the user. */
public final class Arguments {
    private final Map<String, List<String>> left = new LinkedHashMap<>();

    private Arguments() {}

    /** An option is a word that begins with two dashes; its values are the words up to the next. */
    public static Arguments of(String... words) {
        Arguments arguments = new Arguments();
        List<String> values = new ArrayList<>();
        for (String word : words) {
            if (word.startsWith("--")) {
                values = arguments.left.computeIfAbsent(word, option -> new ArrayList<>());
            } else if (arguments.left.isEmpty()) {
                throw new IllegalArgumentException(word + ": unknown option; --help lists all");
            } else {
                values.add(word);
            }
        }
        return arguments;
    }

    public boolean has(String option) {
        List<String> values = left.remove(option);
        if (values != null && !values.isEmpty()) {
            throw new IllegalArgumentException(option + " takes no value: (" + values.get(0) + ")");
        }
        return values != null;
    }

    /** The mode whose option is here; at most one may be. The options of modes without a value are taken away. */
    Mode mode() {
        List<Mode> asked = Arrays.stream(Mode.values())
                .filter(mode -> left.containsKey(mode.option()))
                .toList();
        if (asked.size() > 1) {
            throw new IllegalArgumentException(asked.get(0).option() + " and "
                    + asked.get(1).option() + " are separate runs; merge their reports");
        }
        Mode mode = asked.isEmpty() ? Mode.MATRIX : asked.get(0);
        boolean isAlone = mode != Mode.PAIRS && mode != Mode.ROUTES && mode != Mode.MERGE;
        boolean unused = isAlone && has(mode.option());
        return mode;
    }

    public int number(String option, int standard, int most) {
        return left.containsKey(option) ? number(option, value(option), most) : standard;
    }

    int number(String option, String text, int most) {
        if (!text.matches("[0-9]{1,7}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException(option + ": (" + text + ") must be a whole number from 1 to " + most);
        }
        return Integer.parseInt(text);
    }

    /** Values between commas; {@code all} for every one of {@code all}. */
    <T> List<T> list(String option, List<T> standard, Function<String, T> reader, List<T> all) {
        if (left.getOrDefault(option, List.of()).equals(List.of("all"))) {
            left.remove(option);
            return all;
        }
        return list(option, standard, reader);
    }

    /** A part of one, above 0 and at most 1. */
    public double part(String option, double standard) {
        if (!left.containsKey(option)) {
            return standard;
        }
        String text = value(option);
        if (!text.matches("0\\.[0-9]{1,3}|1") || Double.parseDouble(text) == 0) {
            throw new IllegalArgumentException(option + ": (" + text + ") must be above 0 and at most 1");
        }
        return Double.parseDouble(text);
    }

    <T> List<T> list(String option, List<T> standard, Function<String, T> reader) {
        if (!left.containsKey(option)) {
            return standard;
        }
        List<T> values = new ArrayList<>();
        for (String text : value(option).split(",", -1)) {
            try {
                values.add(reader.apply(text.trim()));
            } catch (IllegalArgumentException e) {
                String message = String.valueOf(e.getMessage());
                throw new IllegalArgumentException(message.startsWith("--") ? message : option + ": " + message, e);
            }
        }
        return values;
    }

    /** {@code NAME=VALUE} of every time the option is given. */
    Map<String, String> pairs(String option) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String text : values(option)) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(option + ": (" + text + ") must be NAME=VALUE");
            }
            pairs.put(text.substring(0, equals), text.substring(equals + 1));
        }
        return pairs;
    }

    /** A path, or {@code standard}. */
    public Path path(String option, Path standard) {
        return left.containsKey(option) ? Path.of(value(option)) : standard;
    }

    List<Path> paths(String option) {
        return values(option).stream().map(Path::of).toList();
    }

    public void requireNoneLeft() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException(left.keySet().iterator().next() + ": unknown option; --help lists all");
        }
    }

    private String value(String option) {
        List<String> values = values(option);
        if (values.size() != 1) {
            throw new IllegalArgumentException(option + " takes one value: " + values);
        }
        return values.get(0);
    }

    private List<String> values(String option) {
        List<String> values = left.remove(option);
        if (values != null && values.isEmpty()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return values == null ? List.of() : values;
    }
}
