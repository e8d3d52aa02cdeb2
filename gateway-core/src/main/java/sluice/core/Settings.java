package sluice.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Environment variables, read once at start. Collects every problem, so that the start fails with all of them, and
 * remembers every setting that was asked for, which is what {@code --help} and the settings page print.
 *
 * <p>Not thread-safe; used by the thread that assembles the gateway.
 */
public final class Settings {
    private final Map<String, String> environment;
    private final Map<String, Setting> known = new LinkedHashMap<>();
    private final Set<String> problems = new LinkedHashSet<>();

    public Settings(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * One documented setting.
     *
     * @param type for people: {@code duration}, {@code integer}, {@code bytes}, {@code boolean}, {@code text}
     * @param standard the default as one would write it
     */
    public record Setting(String name, String type, String standard, String meaning) {}

    /** A Go duration; a bare integer means seconds. Zero is allowed. */
    public Duration duration(String name, Duration standard, String meaning) {
        return read(name, "duration", GoDuration.format(standard), meaning, GoDuration::parseOrSeconds, standard);
    }

    /** A whole number from {@code least} to {@code most}. */
    public int integer(String name, int standard, int least, int most, String meaning) {
        String type = "integer, " + least + " to " + most;
        return (int) (long)
                read(name, type, Integer.toString(standard), meaning, t -> number(t, least, most), (long) standard);
    }

    /** A number of bytes from {@code least} to {@code most}. */
    public long bytes(String name, long standard, long least, long most, String meaning) {
        String type = "bytes, " + least + " to " + most;
        return read(name, type, Long.toString(standard), meaning, t -> number(t, least, most), standard);
    }

    /** True for exactly {@code true}; anything else is false (OpenFaaS gateway configuration). */
    public boolean flag(String name, boolean standard, String meaning) {
        return read(name, "boolean", Boolean.toString(standard), meaning, t -> Optional.of(t.equals("true")), standard);
    }

    /** Any text; an empty variable counts as unset. */
    public String text(String name, String standard, String meaning) {
        return read(
                name, "text", standard, meaning, t -> t.isEmpty() ? Optional.of(standard) : Optional.of(t), standard);
    }

    /** Text that {@code reader} must be able to read. */
    public <T> T parsed(String name, String type, T standard, String meaning, Function<String, Optional<T>> reader) {
        return read(name, type, String.valueOf(standard), meaning, reader, standard);
    }

    /** One of the constants of an enumeration, by its text, in any case. */
    public <E extends Enum<E>> E choice(String name, E standard, String meaning) {
        E[] all = standard.getDeclaringClass().getEnumConstants();
        List<String> words = Arrays.stream(all).map(E::toString).toList();
        String type = String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.get(words.size() - 1);
        return parsed(
                name,
                type,
                standard,
                meaning,
                text -> Arrays.stream(all)
                        .filter(each -> each.toString().equalsIgnoreCase(text))
                        .findFirst());
    }

    /** What is wrong with the values read so far, and variables beginning with SLUICE_ that nobody asked for. */
    public List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        TreeSet<String> unknown = new TreeSet<>();
        environment.keySet().stream().filter(n -> n.startsWith("SLUICE_")).forEach(unknown::add);
        unknown.removeAll(known.keySet());
        unknown.forEach(n -> all.add(n + ": unknown setting; --help lists all settings"));
        return all;
    }

    /** Every setting asked for so far, in that order; one that two parts ask for is there once, as the first meant it. */
    public List<Setting> known() {
        return List.copyOf(known.values());
    }

    private <T> T read(
            String name,
            String type,
            String standardText,
            String meaning,
            Function<String, Optional<T>> reader,
            T standard) {
        known.putIfAbsent(name, new Setting(name, type, standardText, meaning));
        String text = environment.get(name);
        if (text == null) {
            return standard;
        }
        Optional<T> value = reader.apply(text.trim());
        if (value.isEmpty()) {
            problems.add(name + ": (" + Text.printable(text) + ") is no " + type);
        }
        return value.orElse(standard);
    }

    private static Optional<Long> number(String text, long least, long most) {
        if (!text.matches("-?[0-9]{1,18}")) {
            return Optional.empty();
        }
        long value = Long.parseLong(text);
        return value < least || value > most ? Optional.empty() : Optional.of(value);
    }
}
