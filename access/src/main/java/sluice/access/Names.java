package sluice.access;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Lists of names in settings: a comma between them, blanks around them do not matter. */
final class Names {
    private Names() {}

    static Set<String> split(String text) {
        return Arrays.stream(text.split(",", -1)).map(String::strip).collect(Collectors.toSet());
    }

    /** The text itself if all its names are known ones. */
    static Optional<String> check(String text, Set<String> known) {
        return known.containsAll(
                        Arrays.stream(text.split(",", -1)).map(String::strip).toList())
                ? Optional.of(text)
                : Optional.empty();
    }

    /** The names in a fixed order. */
    static String join(Collection<String> names) {
        return String.join(",", new TreeSet<>(names));
    }
}
