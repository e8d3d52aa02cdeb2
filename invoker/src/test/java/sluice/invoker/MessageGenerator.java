package sluice.invoker;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes streams of bytes out of the {@link SmugglingCorpus}: its seeds with bytes changed, and new messages put together
 * from its parts. Case {@code n} of a seed is always the same.
 */
final class MessageGenerator {
    private static final int LONGEST = 48 * 1_024;
    private static final String[] TOKENS = {
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        " ",
        "\t",
        "\0",
        "\u000b",
        "\u001b",
        "\u007f",
        "\u0085",
        "\u00ff",
        ":",
        ",",
        ";",
        "\"",
        "#",
        "%00",
        "+",
        "-",
        "0x",
        "0",
        "5",
        "chunked",
        "identity",
        "gzip",
        "0\r\n\r\n",
        "5\r\nhello\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Host: a\r\n",
        "X: y\r\n",
        " HTTP/1.1",
        "HTTP/1.0",
        "HTTP/1.1 200 OK\r\n",
        "GET /function/f HTTP/1.1\r\n"
    };

    private final List<String> requests = SmugglingCorpus.requests();
    private final List<String> chunked = SmugglingCorpus.chunkedRequests();
    private final List<String> responses = SmugglingCorpus.responses();
    private final long seed;

    MessageGenerator(long seed) {
        this.seed = seed;
    }

    /** What a case is made of. */
    enum Form {
        REQUEST_HEAD,
        CHUNKED_BODY,
        RESPONSE
    }

    /** One case: the bytes, and where they are cut in two on their way. */
    @SuppressWarnings("ArrayRecordComponent") // made and read in one place, ten million times
    record Case(long number, Form form, byte[] bytes, int cut) {
        SluiceReading.Kind kind() {
            return form == Form.RESPONSE ? SluiceReading.Kind.RESPONSE : SluiceReading.Kind.REQUESTS;
        }

        String text() {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    Case make(long number) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
        Form form = Form.values()[random.nextInt(3)];
        StringBuilder text = new StringBuilder(random.nextBoolean() ? seedOf(form, random) : built(form, random));
        int changes = random.nextInt(4);
        for (int i = 0; i < changes && text.length() > 0; i++) {
            change(text, random);
        }
        if (random.nextInt(2_048) == 0) {
            swell(text, random);
        }
        text.setLength(Math.min(text.length(), LONGEST));
        byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        return new Case(number, form, bytes, random.nextInt(bytes.length + 1));
    }

    private String seedOf(Form form, SplittableRandom random) {
        return any(
                switch (form) {
                    case REQUEST_HEAD -> requests;
                    case CHUNKED_BODY -> chunked;
                    case RESPONSE -> responses;
                },
                random);
    }

    private static String built(Form form, SplittableRandom random) {
        return switch (form) {
            case REQUEST_HEAD ->
                head(plainOr(SmugglingCorpus.REQUEST_LINES, random), "Host: a\r\n", random)
                        + any(SmugglingCorpus.BODIES, random)
                        + SmugglingCorpus.NEXT;
            case CHUNKED_BODY -> {
                StringBuilder text =
                        new StringBuilder("POST /function/f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (int i = random.nextInt(4); i > 0; i--) {
                    text.append(any(SmugglingCorpus.BODIES, random).replaceFirst("0\r\n\r\n$", ""));
                }
                yield text.append("0\r\n\r\n").append(SmugglingCorpus.NEXT).toString();
            }
            case RESPONSE ->
                head(plainOr(SmugglingCorpus.STATUS_LINES, random), "", random) + any(SmugglingCorpus.BODIES, random);
        };
    }

    private static String head(String line, String first, SplittableRandom random) {
        StringBuilder head = new StringBuilder(line).append("\r\n").append(random.nextInt(8) == 0 ? "" : first);
        for (int i = random.nextInt(5); i > 0; i--) {
            head.append(any(SmugglingCorpus.FIELDS, random)).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    private static String plainOr(List<String> lines, SplittableRandom random) {
        return random.nextInt(3) == 0 ? any(lines, random) : lines.get(random.nextInt(2));
    }

    private static void change(StringBuilder text, SplittableRandom random) {
        int at = random.nextInt(text.length());
        String token = TOKENS[random.nextInt(TOKENS.length)];
        int stop = Math.min(text.length(), at + 1 + random.nextInt(12));
        switch (random.nextInt(7)) {
            case 0 -> text.setCharAt(at, (char) random.nextInt(256));
            case 1 -> text.insert(at, token);
            case 2 -> text.deleteCharAt(at);
            case 3 -> text.replace(at, stop, token);
            case 4 -> text.insert(at, text.substring(at, stop));
            case 5 -> text.setCharAt(at, swapCase(text.charAt(at)));
            default -> text.setLength(random.nextInt(8) == 0 ? at : text.length()); // an end in the middle
        }
    }

    /** Beyond a limit, or near it: a long line, or many of them. */
    private static void swell(StringBuilder text, SplittableRandom random) {
        int lineEnd = Math.max(0, text.indexOf("\r\n"));
        boolean isFields = random.nextBoolean();
        String piece = isFields ? "\r\nX: y" : "0";
        int at = isFields ? lineEnd : random.nextInt(text.length() + 1);
        text.insert(at, piece.repeat(random.nextInt(isFields ? 250 : 40_000)));
    }

    private static char swapCase(char c) {
        return Character.isUpperCase(c)
                ? Character.toLowerCase(c)
                : Character.toUpperCase(c) < 256 ? Character.toUpperCase(c) : c;
    }

    private static String any(List<String> list, SplittableRandom random) {
        return list.get(random.nextInt(list.size()));
    }
}
