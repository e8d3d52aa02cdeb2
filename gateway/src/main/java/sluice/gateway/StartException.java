package sluice.gateway;

import java.util.List;

/** Why Sluice does not start, for a person at a terminal: each line is one problem and, where there is one, its remedy. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final List<String> lines;

    StartException(List<String> lines) {
        super(String.join("; ", lines), null, false, false);
        this.lines = List.copyOf(lines);
    }

    StartException(String line) {
        this(List.of(line));
    }

    /** Never empty. */
    public List<String> lines() {
        return lines;
    }
}
