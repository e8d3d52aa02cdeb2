package sluice.invoker;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One HTTP/1 message as it came over the wire. Read without mercy: what is not framed exactly as RFC 9112 says fails
 * the test, so that nothing is repaired on the way to an assertion.
 *
 * @param startLine empty when the connection ended before a byte came
 * @param fields {@code name: value} lines as they came, in order
 * @param body decoded from its framing; Latin-1
 * @param trailers as {@code fields}
 * @param isWhole whether the receiver can tell that all of it has come
 */
record RawMessage(String startLine, List<String> fields, String body, List<String> trailers, boolean isWhole) {
    RawMessage {
        fields = List.copyOf(fields);
        trailers = List.copyOf(trailers);
    }

    static RawMessage request(RawConnection connection) throws IOException {
        return new Reader(connection).read(false);
    }

    static RawMessage answer(RawConnection connection, String method) throws IOException {
        Reader reader = new Reader(connection);
        reader.method = method;
        return reader.read(true);
    }

    int status() {
        return startLine.isEmpty() ? 0 : Integer.parseInt(startLine.substring(9, 12));
    }

    String method() {
        return startLine.substring(0, startLine.indexOf(' '));
    }

    String target() {
        return startLine.substring(startLine.indexOf(' ') + 1, startLine.lastIndexOf(' '));
    }

    /** The value of a field that must be there once. */
    String field(String name) {
        List<String> values = values(name);
        if (values.size() != 1) {
            throw new AssertionError(name + " is there " + values.size() + " times in " + this);
        }
        return values.get(0);
    }

    boolean has(String name) {
        return !values(name).isEmpty();
    }

    /** The values of all fields of that name, in order, without the white space around them. */
    List<String> values(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return fields.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .toList();
    }

    /** Whether the sender said that it will close the connection. */
    boolean saysClose() {
        return values("Connection").stream().anyMatch(value -> value.equalsIgnoreCase("close"));
    }

    /** Takes one message from a connection; holds what has come so far, so that a cut one can be looked at. */
    private static final class Reader {
        private final RawConnection connection;
        private final StringBuilder startLine = new StringBuilder();
        private final List<String> fields = new ArrayList<>();
        private final StringBuilder body = new StringBuilder();
        private final List<String> trailers = new ArrayList<>();
        private String method = "";

        Reader(RawConnection connection) {
            this.connection = connection;
        }

        RawMessage read(boolean isAnswer) throws IOException {
            boolean isWhole = false;
            try {
                line(startLine);
                fieldLines(fields);
                isWhole = isAnswer ? answerBody() : framedBody(soFar(true)).orElse(true);
            } catch (EOFException cut) {
                isWhole = false;
            }
            return soFar(isWhole);
        }

        private RawMessage soFar(boolean isWhole) {
            return new RawMessage(startLine.toString(), fields, body.toString(), trailers, isWhole);
        }

        private boolean answerBody() throws IOException {
            RawMessage head = soFar(true);
            int status = head.status();
            if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
                return true;
            }
            Optional<Boolean> framed = framedBody(head);
            if (framed.isPresent()) {
                return framed.get();
            }
            body.append(connection.rest());
            return connection.ending() == RawConnection.Ending.FIN;
        }

        /** Empty when the head names no framing. */
        private Optional<Boolean> framedBody(RawMessage head) throws IOException {
            if (head.has("Transfer-Encoding")) {
                if (!head.field("Transfer-Encoding").equals("chunked") || head.has("Content-Length")) {
                    throw new AssertionError("two framings or a strange one: " + head);
                }
                chunks();
                return Optional.of(true);
            }
            if (head.has("Content-Length")) {
                bytes(Integer.parseInt(head.field("Content-Length")));
                return Optional.of(true);
            }
            return Optional.empty();
        }

        private void chunks() throws IOException {
            while (true) {
                StringBuilder size = new StringBuilder();
                line(size);
                int length = Integer.parseInt(size.toString(), 16); // an extension is not forwarded: it fails here
                if (length == 0) {
                    fieldLines(trailers);
                    return;
                }
                bytes(length);
                StringBuilder nothing = new StringBuilder();
                line(nothing);
                if (!nothing.isEmpty()) {
                    throw new AssertionError("no CRLF after a chunk but " + nothing);
                }
            }
        }

        private void bytes(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                body.append((char) connection.read());
            }
        }

        private void fieldLines(List<String> into) throws IOException {
            while (true) {
                StringBuilder line = new StringBuilder();
                line(line);
                if (line.isEmpty()) {
                    return;
                }
                into.add(line.toString());
            }
        }

        private void line(StringBuilder into) throws IOException {
            for (int next = connection.read(); next != '\r'; next = connection.read()) {
                if (next == '\n') {
                    throw new AssertionError("bare LF after: " + into);
                }
                into.append((char) next);
            }
            int end = connection.read();
            if (end != '\n') {
                throw new AssertionError("bare CR after: " + into);
            }
        }
    }
}
