package sluice.invoker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A reader as careless as those that requests are smuggled past: it repairs, guesses and ignores, by one of a few habits
 * seen in the wild. What the relay accepts must mean the same to every one of them, or it is ambiguous. It shares no code
 * with the relay.
 */
final class LenientReading {
    private final Habits habits;
    private String text = "";
    private int at;

    private LenientReading(Habits habits) {
        this.habits = habits;
    }

    /**
     * How a reader is careless.
     *
     * @param takesBareCr whether a CR alone ends a line, as an LF alone does for all of them
     * @param takesLast whether the last of repeated fields counts, else the first
     * @param prefersLength whether a length wins over a coding
     * @param wantsExactCoding whether only {@code chunked} alone counts as chunked, else the word anywhere
     * @param unfolds whether a line that begins with a blank continues the one before, else it is a field
     */
    private record Habits(
            boolean takesBareCr, boolean takesLast, boolean prefersLength, boolean wantsExactCoding, boolean unfolds) {}

    /** Message, and where it stops. */
    record Result(String line, String body, int stop) {}

    /** Four that differ in every habit from one another. */
    static List<LenientReading> all() {
        return List.of(
                new LenientReading(new Habits(false, false, false, false, true)),
                new LenientReading(new Habits(true, true, true, false, false)),
                new LenientReading(new Habits(false, true, true, true, true)),
                new LenientReading(new Habits(true, false, false, true, false)));
    }

    /** Reads the message that begins at {@code start}; {@code stop} is -1 when it has no end. */
    Result read(byte[] bytes, int start, boolean isResponse) {
        text = new String(bytes, StandardCharsets.ISO_8859_1);
        at = start;
        while (at < text.length() && text.charAt(at) <= ' ') {
            at++; // empty lines, blanks, control bytes
        }
        String[] first = line().trim().split("[\\x00-\\x20]+", 3);
        List<String> lines = headLines();
        String version = isResponse ? first[0] : first.length > 2 ? first[2] : "";
        String line = isResponse
                ? version + " " + (first.length > 1 ? first[1] : "")
                : first[0] + " " + (first.length > 1 ? first[1] : "") + " " + version;
        boolean hasNoBody = isResponse && line.matches("\\S+ (1..|204|304)");
        return hasNoBody ? new Result(line, "", at) : body(line, lines, isResponse);
    }

    private List<String> headLines() {
        List<String> lines = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            boolean isFolded = habits.unfolds && line.charAt(0) <= ' ' && !lines.isEmpty();
            if (isFolded) {
                lines.set(lines.size() - 1, lines.get(lines.size() - 1) + " " + line.trim());
            } else {
                lines.add(line);
            }
        }
        return lines;
    }

    private Result body(String line, List<String> lines, boolean isResponse) {
        String coding = field(lines, "transfer-encoding").toLowerCase(Locale.ROOT);
        String length = field(lines, "content-length");
        boolean isChunked = habits.wantsExactCoding ? coding.equals("chunked") : coding.contains("chunked");
        if (isChunked && (length.isEmpty() || !habits.prefersLength)) {
            return chunks(line);
        }
        if (length.isEmpty() && isResponse) {
            String rest = text.substring(at);
            at = text.length();
            return new Result(line, rest, at);
        }
        long size = number(length, 10);
        if (size > text.length() - at || size < 0) {
            return new Result(line, text.substring(at), -1);
        }
        String body = text.substring(at, at + (int) size);
        at += (int) size;
        return new Result(line, body, at);
    }

    private Result chunks(String line) {
        StringBuilder body = new StringBuilder();
        while (at < text.length()) {
            long size = number(line(), 16);
            if (size == 0) {
                while (at < text.length() && !line().isEmpty()) {
                    // trailers
                }
                return new Result(line, body.toString(), at);
            }
            int stop = (int) Math.min(text.length(), at + size);
            body.append(text, at, stop);
            at = stop;
            String unused = line(); // the chunk's end, and whatever stands before it
        }
        return new Result(line, body.toString(), -1);
    }

    private String field(List<String> lines, String name) {
        String value = "";
        for (String line : lines) {
            int colon = line.indexOf(':');
            boolean isIt = colon >= 0 && bare(line.substring(0, colon)).equals(name);
            if (isIt && (value.isEmpty() || habits.takesLast)) {
                value = line.substring(colon + 1).trim();
            }
        }
        return value;
    }

    private static String bare(String name) {
        return name.replaceAll("[\\x00-\\x20\\x7f-\\xff]", "").toLowerCase(Locale.ROOT);
    }

    /** As C's strtol reads: blanks, a sign, a prefix, digits; the rest does not matter; 32 bits. */
    private static long number(String text, int base) {
        String rest = text.trim();
        int sign = rest.startsWith("-") ? -1 : 1;
        rest = rest.replaceFirst("^[+-]", "").replaceFirst(base == 16 ? "^0[xX]" : "^$", "");
        long value = 0;
        for (int i = 0; i < rest.length() && Character.digit(rest.charAt(i), base) >= 0; i++) {
            value = (value * base + Character.digit(rest.charAt(i), base)) & 0xffff_ffffL;
        }
        return sign * value;
    }

    /** The next line, without its end. */
    private String line() {
        int from = at;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '\n') {
                return text.substring(from, at - 1).replaceFirst("\r+$", "");
            }
            if (c == '\r' && habits.takesBareCr) {
                int stop = at - 1;
                at += at < text.length() && text.charAt(at) == '\n' ? 1 : 0;
                return text.substring(from, stop);
            }
        }
        return text.substring(from, at);
    }

    @Override
    public String toString() {
        return habits.toString();
    }
}
