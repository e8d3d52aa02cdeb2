package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A scrape in text format 0.0.4, read as strictly as Prometheus reads it; fails the test on anything else. */
public final class PrometheusScrape {
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([-+0-9.eE]+|NaN|[-+]Inf)( [0-9]+)?");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\",?");

    private final Map<String, Family> families = new LinkedHashMap<>();

    private PrometheusScrape() {}

    /** Reads {@code text}. */
    public static PrometheusScrape read(String text) {
        assertThat(text).as("a scrape ends with a line feed").endsWith("\n");
        PrometheusScrape scrape = new PrometheusScrape();
        Family current = null;
        for (String line : text.split("\n", -1)) {
            if (!line.isEmpty()) {
                current = line.startsWith("#") ? scrape.comment(line, current) : sample(line, current);
            }
        }
        return scrape;
    }

    /** One family as it came over the wire. */
    public static final class Family {
        final String name;
        String help = "";
        String type = "untyped";
        final List<Sample> samples = new ArrayList<>();

        Family(String name) {
            this.name = name;
        }
    }

    /** One line of a family. */
    public record Sample(String name, Map<String, String> labels, double value) {}

    /** The family of exactly this name; fails when there is none. */
    public Family family(String name) {
        Family family = families.get(name);
        if (family == null) {
            throw new AssertionError("no family " + name + " among " + names());
        }
        return family;
    }

    /** The names of all families in their order. */
    public List<String> names() {
        return List.copyOf(families.keySet());
    }

    /** The value of the one line of {@code sample} that has these labels; fails when there is none. */
    public double value(String sample, Map<String, String> labels) {
        List<Double> values = families.values().stream()
                .flatMap(family -> family.samples.stream())
                .filter(s -> s.name().equals(sample) && s.labels().equals(labels))
                .map(Sample::value)
                .toList();
        assertThat(values).as("%s%s in %s", sample, labels, families.keySet()).hasSize(1);
        return values.get(0);
    }

    private @Nullable Family comment(String line, @Nullable Family current) {
        Matcher comment = COMMENT.matcher(line);
        if (!comment.matches()) {
            return current; // a plain comment
        }
        String name = comment.group(2);
        if (current == null || !current.name.equals(name)) {
            assertThat(families).as("families that are told twice").doesNotContainKey(name);
            current = new Family(name);
            families.put(name, current);
        }
        if (comment.group(1).equals("HELP")) {
            current.help = comment.group(3);
        } else {
            current.type = comment.group(3);
        }
        return current;
    }

    private static Family sample(String line, @Nullable Family current) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as("line <%s> is a sample", line).isTrue();
        if (current == null) {
            throw new AssertionError("no TYPE before line " + line);
        }
        Sample read = new Sample(sample.group(1), labels(sample.group(2)), number(sample.group(3)));
        assertThat(current.samples)
                .as("samples that are told twice")
                .noneMatch(s -> s.name().equals(read.name()) && s.labels().equals(read.labels()));
        assertThat(read.name()).as("sample of another family").startsWith(current.name);
        current.samples.add(read);
        return current;
    }

    private static Map<String, String> labels(@Nullable String text) {
        Map<String, String> labels = new LinkedHashMap<>();
        int end = 0;
        Matcher label = LABEL.matcher(text == null ? "" : text);
        while (label.find()) {
            assertThat(label.start()).as("labels {%s}", text).isEqualTo(end);
            labels.put(label.group(1), unescaped(label.group(2)));
            end = label.end();
        }
        assertThat(end).as("labels {%s}", text).isEqualTo(text == null ? 0 : text.length());
        return labels;
    }

    private static String unescaped(String value) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\') {
                i++;
                c = value.charAt(i) == 'n' ? '\n' : value.charAt(i);
            }
            out.append(c);
        }
        return out.toString();
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }
}
