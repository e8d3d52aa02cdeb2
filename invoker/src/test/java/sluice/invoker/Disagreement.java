package sluice.invoker;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Every way in which the relay and Netty's decoders read the same bytes differently, and why the relay is right. A
 * difference that is none of these fails the fuzz run. {@code docs/parsing.md} has the same list.
 */
enum Disagreement {
    LEADING_BYTES(
            Direction.STRICTER,
            "L1",
            "blanks or control bytes before a start line, or more than one empty line: Netty skips them",
            Difference.malformed("^(?:\\r\\n[\\x00-\\x20]|(?!\\r\\n)[\\x00-\\x20\\x7f-\\xa0])")),
    CONTROL_BYTES(
            Direction.STRICTER,
            "L1",
            "CR alone, NUL or another control byte in a head: some readers end a line or a string there",
            Difference.malformed("^HEAD*?(?:\\r(?!\\n)|[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f])")),
    REQUEST_LINE(
            Direction.STRICTER,
            "L3, L4, L5",
            "a request line that is not method, target and version with one space between: Netty splits at any blank, and"
                    + " looks at neither method nor target",
            Difference.malformed(
                    "^(?:\\r\\n)?(?!HTTP/)(?![!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-\"$-~]+ HTTP/[0-9]\\.[0-9]\\r\\n)")),
    STATUS_LINE(
            Direction.STRICTER,
            "U5",
            "a status line that is not version, space and three digits: Netty splits at any blank",
            Difference.malformed("^(?!HTTP/1\\.[01] [1-9][0-9][0-9](?: [^\\r\\n]*)?\\r\\n)(?=.{0,4}[/0-9])")),
    FOLDED_LINE(
            Direction.STRICTER,
            "F5",
            "a field line that begins with a blank: Netty joins it to the one before",
            Difference.malformed("^HEAD*?\\n[ \\t]")),
    FIELD_NAME(
            Direction.STRICTER,
            "F5, L2",
            "a field line without a colon, or whose name is empty or no token, a blank before the colon among them",
            Difference.malformed("^HEAD*?\\n(?![!#$%&'*+.^_`|~0-9A-Za-z-]+:)(?!\\r\\n)")),
    VERSION(
            Direction.STRICTER,
            "L3",
            "a version that is well-formed and not 1.0 or 1.1: Netty takes any",
            Difference.saying("BAD_VERSION")),
    LIMIT(
            Direction.STRICTER,
            "L6",
            "a line, a head or a number of fields above a limit that Netty counts in another way",
            Difference.saying("LINE_TOO_LONG|TOO_LARGE")),
    TWO_FRAMINGS(
            Direction.STRICTER,
            "F1, U5",
            "Content-Length beside Transfer-Encoding: Netty drops the length",
            Difference.saying("Content-Length (?:and|with) Transfer-Encoding.*")),
    CODING(
            Direction.STRICTER,
            "F1, F2, F3, U5",
            "Transfer-Encoding other than one chunked, or in HTTP/1.0: Netty looks for the word",
            Difference.saying("(?:more than one )?Transfer-Encoding.*")),
    HOST(
            Direction.STRICTER,
            "H1",
            "Host missing in HTTP/1.1, twice, or not a host and port: Netty leaves that to others",
            Difference.saying(".*Host .*|.*Host")),
    MEANING(
            Direction.STRICTER,
            "F11, X5, C9",
            "an expectation, a call id or a WebSocket handshake that the gateway refuses: Netty does not look at them",
            Difference.saying("Expect: .*|X-Call-Id .*|WebSocket: .*")),
    CHUNK(
            Direction.STRICTER,
            "F6, F7",
            "a chunk whose size, extension or end is not as RFC 9112 7.1 has it: Netty trims, guesses and skips",
            Difference.saying("chunks")),
    LEFT_OVER(
            Direction.STRICTER,
            "U4",
            "bytes behind a complete answer: Netty reads them as the next answer, the relay closes the connection",
            Difference.saying("left over")),
    EXTENSION(
            Direction.LAXER,
            "F7",
            "a chunk extension without the grammar of names and values: it has no control byte, ends at CR LF only, and is"
                    + " dropped; Netty refuses some",
            Difference.nettySaying(".*InvalidChunkExtensionException: Invalid chunk extension|.*bitIndex < 0: .*")),
    INFORMATIONAL_LENGTH(
            Direction.LAXER,
            "U6",
            "a doubtful Content-Length in an informational answer, which has no body and is skipped; what follows it must be a"
                    + " good head",
            difference -> difference.mine() != null
                    && difference.mine().line().matches("\\S+ 1..")
                    && difference.netty().contains("Content-Length")),
    TRAILER(
            Direction.OTHER,
            "F8",
            "a trailer that would frame a message: Netty drops it while it reads, the relay when it forwards",
            difference -> difference.isSame(Reading.Message::line)
                    && difference.isSame(Reading.Message::fields)
                    && difference.isSame(Reading.Message::body)
                    && Objects.requireNonNull(difference.mine()).trailers().stream()
                            .filter(it -> !it.matches("(?is)(?:content-length|transfer-encoding|trailer):.*"))
                            .toList()
                            .equals(Objects.requireNonNull(difference.other()).trailers())),
    BODILESS_CODING(
            Direction.OTHER,
            "U4, U6",
            "Transfer-Encoding in a 1xx, 204 or 304, which have no body: Netty rewrites the field while it reads, the relay"
                    + " drops it when it forwards",
            difference -> difference.isSame(Reading.Message::line)
                    && difference.isSame(Disagreement::fieldsButCoding)
                    && Objects.requireNonNull(difference.mine()).line().matches("\\S+ (?:1..|204|304)"));

    /** Who takes what the other does not. */
    enum Direction {
        /** Netty takes the message, the relay refuses it. */
        STRICTER("Sluice refuses"),
        /** The relay takes the message, Netty refuses it. */
        LAXER("Netty refuses"),
        /** Both take it, and read it differently. */
        OTHER("read differently");

        private final String words;

        Direction(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    private final Direction direction;
    private final String rows;
    private final String why;

    @SuppressWarnings("ImmutableEnumChecker") // the predicates keep nothing
    private final Predicate<Difference> holds;

    Disagreement(Direction direction, String rows, String why, Predicate<Difference> holds) {
        this.direction = direction;
        this.rows = rows;
        this.why = why;
        this.holds = holds;
    }

    /** The class of {@code difference}: the first that fits, or none. */
    static Optional<Disagreement> of(Difference difference) {
        return Arrays.stream(values())
                .filter(it -> it.direction == difference.direction() && it.holds.test(difference))
                .findFirst();
    }

    Direction direction() {
        return direction;
    }

    String rows() {
        return rows;
    }

    String why() {
        return why;
    }

    private static List<String> fieldsButCoding(Reading.Message message) {
        return message.fields().stream()
                .filter(it -> !it.matches("(?is)transfer-encoding:.*"))
                .toList();
    }

    /** {@code text} with all that is not visible ASCII escaped. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                default -> out.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format("\\x%02x", (int) c));
            }
        }
        return out.toString();
    }

    /**
     * Where two readings part.
     *
     * @param rest the bytes from the message on in which they part, one character a byte
     * @param sluice why the relay stopped
     * @param netty why Netty stopped
     * @param mine the message as the relay reads it, where both have one
     * @param other the message as Netty reads it, where both have one
     */
    record Difference(
            Direction direction,
            String rest,
            String sluice,
            String netty,
            Reading.@Nullable Message mine,
            Reading.@Nullable Message other) {
        boolean isSame(Function<Reading.Message, Object> part) {
            return mine != null && other != null && part.apply(mine).equals(part.apply(other));
        }

        /** The relay calls the message malformed, and it looks so; {@code HEAD} is a byte of the head. */
        static Predicate<Difference> malformed(String regex) {
            Pattern pattern = Pattern.compile("(?s)" + regex.replace("HEAD", "(?:(?!\\r?\\n\\r?\\n).)"));
            return difference -> difference.sluice.equals("MALFORMED")
                    && pattern.matcher(difference.rest).find();
        }

        /** Netty refuses the message in these words. */
        static Predicate<Difference> nettySaying(String regex) {
            Pattern pattern = Pattern.compile("(?s)" + regex);
            return difference -> pattern.matcher(difference.netty).matches();
        }

        /** The relay refuses the message in these words. */
        static Predicate<Difference> saying(String regex) {
            Pattern pattern = Pattern.compile(regex);
            return difference -> pattern.matcher(difference.sluice).matches();
        }
    }
}
