package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import sluice.core.CallHead;

/**
 * A strict reader of one HTTP/1 message head (RFC 9112), for both directions. It works on a byte array that belongs to
 * the event loop and is overwritten by the next head: nothing of it may be kept but numbers and copies.
 *
 * <p>Why strict: what two parsers read differently is how requests are smuggled. So nothing is repaired: a bare CR or
 * LF, a space before a colon, a folded line, a control byte, a doubtful length each end the message. What passed here
 * may be copied on line by line, because every line is one field with one meaning.
 *
 * <p>No object is made per head. Offsets of field {@code i} are in parallel arrays: name from {@link #nameStart} to
 * {@link #nameEnd}, value (trimmed) from {@link #valueStart} to {@link #valueEnd}, the next line at {@link #lineEnd}.
 */
final class Head implements CallHead {
    /** What became of an attempt to read a head. */
    enum Result {
        COMPLETE,
        INCOMPLETE,
        MALFORMED,
        BAD_VERSION,
        LINE_TOO_LONG,
        TOO_LARGE
    }

    private static final int FIRST_LOOK = 2 * 1024;
    private static final byte[] TOKEN = new byte[256];
    private static final byte[] VALUE = new byte[256];
    private static final byte[] TARGET = new byte[256];

    static {
        for (int c = 0; c < 256; c++) {
            boolean letterOrDigit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            TOKEN[c] = (byte) (letterOrDigit || "!#$%&'*+-.^_`|~".indexOf(c) >= 0 ? 1 : 0);
            VALUE[c] = (byte) ((c >= 0x20 && c != 0x7f) || c == '\t' ? 1 : 0);
            TARGET[c] = (byte) (c > 0x20 && c < 0x7f && c != '#' ? 1 : 0);
        }
    }

    private final HeadLimits limits;

    final byte[] bytes;
    /** Bytes of the head, the empty line included. */
    int length;

    int methodStart;
    int methodEnd;
    int targetStart;
    int targetEnd;
    /** 0 or 1, of HTTP/1.x. */
    int minorVersion;

    int status;
    int statusLineEnd;

    int fields;
    /** Where the first field line starts. */
    int fieldsStart;

    final int[] nameStart;
    final int[] nameEnd;
    final int[] valueStart;
    final int[] valueEnd;
    final int[] lineEnd;
    final byte[] field;

    Head(HeadLimits limits) {
        this.limits = limits;
        int most = limits.mostFields();
        this.bytes = new byte[limits.mostBytes() + 1];
        this.nameStart = new int[most];
        this.nameEnd = new int[most];
        this.valueStart = new int[most];
        this.valueEnd = new int[most];
        this.lineEnd = new int[most];
        this.field = new byte[most];
    }

    @Override
    public byte[] bytes() {
        return bytes;
    }

    @Override
    public int find(String name, int from) {
        for (int i = from; i < fields; i++) {
            if (Field.equal(bytes, nameStart[i], nameEnd[i], name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public int valueStart(int i) {
        return valueStart[i];
    }

    @Override
    public int valueEnd(int i) {
        return valueEnd[i];
    }

    /** Reads a request head from the readable bytes of {@code in}, which is not moved. */
    Result readRequest(ByteBuf in) {
        Result result = readRequest(load(in, FIRST_LOOK));
        return mayReadOn(result, in) ? readRequest(load(in, limits.requestHead() + 1)) : result;
    }

    /** Reads a response head from the readable bytes of {@code in}, which is not moved. */
    Result readResponse(ByteBuf in) {
        Result result = readResponse(load(in, FIRST_LOOK));
        return mayReadOn(result, in) ? readResponse(load(in, limits.responseHead() + 1)) : result;
    }

    /** Most heads are small and what follows them may not be: it is not copied to find that out. */
    private static boolean mayReadOn(Result result, ByteBuf in) {
        return result == Result.INCOMPLETE && in.readableBytes() > FIRST_LOOK;
    }

    private Result readRequest(int end) {
        int at = 0;
        if (end >= 2 && bytes[0] == '\r' && bytes[1] == '\n') {
            at = 2; // one empty line before a request is tolerated (RFC 9112, 2.2)
        } else if (end == 1 && bytes[0] == '\r') {
            return Result.INCOMPLETE;
        }
        Result line = readRequestLine(at, end);
        if (line != Result.COMPLETE) {
            return line;
        }
        return readFields(end, limits.requestFields(), limits.requestHead());
    }

    private Result readResponse(int end) {
        Result line = readStatusLine(end);
        if (line != Result.COMPLETE) {
            return line;
        }
        return readFields(end, limits.responseFields(), limits.responseHead());
    }

    /** Reads the trailer section of a chunked body: field lines up to the empty line. */
    Result readTrailers(ByteBuf in) {
        int end = load(in, limits.requestHead() + 1);
        fieldsStart = 0;
        return readFields(end, limits.requestFields(), limits.requestHead());
    }

    private int load(ByteBuf in, int most) {
        int end = Math.min(in.readableBytes(), Math.min(most, bytes.length));
        in.getBytes(in.readerIndex(), bytes, 0, end);
        return end;
    }

    private Result readRequestLine(int from, int end) {
        byte[] b = bytes;
        int limit = Math.min(end, from + limits.requestLine());
        int at = from;
        while (at < limit && TOKEN[b[at] & 0xff] == 1) {
            at++;
        }
        if (at == limit) {
            return runOut(limit, end, from);
        }
        if (b[at] != ' ' || at == from) {
            return Result.MALFORMED;
        }
        methodStart = from;
        methodEnd = at;
        targetStart = ++at;
        while (at < limit && TARGET[b[at] & 0xff] == 1) {
            at++;
        }
        if (at == limit) {
            return runOut(limit, end, from);
        }
        if (b[at] != ' ' || at == targetStart) {
            return Result.MALFORMED;
        }
        targetEnd = at++;
        if (end - at < 10) {
            return endsEarly(at, end) ? Result.MALFORMED : Result.INCOMPLETE;
        }
        fieldsStart = at + 10;
        if (b[at + 8] != '\r' || b[at + 9] != '\n') {
            return Result.MALFORMED;
        }
        return readVersion(at);
    }

    private Result readVersion(int at) {
        byte[] b = bytes;
        if (b[at] != 'H'
                || b[at + 1] != 'T'
                || b[at + 2] != 'T'
                || b[at + 3] != 'P'
                || b[at + 4] != '/'
                || b[at + 6] != '.'
                || !isDigit(b[at + 5])
                || !isDigit(b[at + 7])) {
            return Result.MALFORMED;
        }
        minorVersion = b[at + 7] - '0';
        return b[at + 5] == '1' && minorVersion <= 1 ? Result.COMPLETE : Result.BAD_VERSION;
    }

    /** Whether a line end shows that a version of eight bytes will not come. */
    private boolean endsEarly(int at, int end) {
        for (int i = at; i < end; i++) {
            if (bytes[i] == '\n') {
                return true;
            }
        }
        return false;
    }

    private Result runOut(int limit, int end, int from) {
        return limit - from >= limits.requestLine() && end > limit ? Result.LINE_TOO_LONG : Result.INCOMPLETE;
    }

    private Result readStatusLine(int end) {
        byte[] b = bytes;
        if (end < 12) {
            return end > 0 && b[0] != 'H' ? Result.MALFORMED : Result.INCOMPLETE;
        }
        Result version = readVersion(0);
        if (version != Result.COMPLETE || b[8] != ' ' || !isDigit(b[9]) || !isDigit(b[10]) || !isDigit(b[11])) {
            return Result.MALFORMED;
        }
        status = (b[9] - '0') * 100 + (b[10] - '0') * 10 + (b[11] - '0');
        if (status < 100) {
            return Result.MALFORMED;
        }
        int at = 12;
        if (at < end && b[at] == ' ') {
            at++;
            while (at < end && VALUE[b[at] & 0xff] == 1) {
                at++;
            }
        }
        if (end - at < 2) {
            return end > limits.responseHead() ? Result.TOO_LARGE : Result.INCOMPLETE;
        }
        if (b[at] != '\r' || b[at + 1] != '\n') {
            return Result.MALFORMED;
        }
        statusLineEnd = at + 2;
        fieldsStart = statusLineEnd;
        return Result.COMPLETE;
    }

    private Result readFields(int end, int mostFields, int mostBytes) {
        byte[] b = bytes;
        int at = fieldsStart;
        fields = 0;
        while (true) {
            if (end - at < 2) {
                return end - at == 1 && b[at] != '\r' && TOKEN[b[at] & 0xff] == 0
                        ? Result.MALFORMED
                        : runOutOfHead(end, mostBytes);
            }
            if (b[at] == '\r') {
                length = at + 2;
                return b[at + 1] != '\n' ? Result.MALFORMED : length > mostBytes ? Result.TOO_LARGE : Result.COMPLETE;
            }
            int start = at;
            while (at < end && TOKEN[b[at] & 0xff] == 1) {
                at++;
            }
            if (at == end) {
                return runOutOfHead(end, mostBytes);
            }
            if (b[at] != ':' || at == start) {
                return Result.MALFORMED; // no name, no colon, a space before the colon, a folded line
            }
            int colon = at++;
            while (at < end && (b[at] == ' ' || b[at] == '\t')) {
                at++;
            }
            int value = at;
            while (at < end && VALUE[b[at] & 0xff] == 1) {
                at++;
            }
            if (end - at < 2) {
                return at < end && b[at] != '\r' ? Result.MALFORMED : runOutOfHead(end, mostBytes);
            }
            if (b[at] != '\r' || b[at + 1] != '\n') {
                return Result.MALFORMED;
            }
            if (fields == mostFields) {
                return Result.TOO_LARGE;
            }
            note(start, colon, value, at);
            at += 2;
        }
    }

    private void note(int start, int colon, int value, int lineStop) {
        int stop = lineStop;
        while (stop > value && (bytes[stop - 1] == ' ' || bytes[stop - 1] == '\t')) {
            stop--;
        }
        int i = fields++;
        nameStart[i] = start;
        nameEnd[i] = colon;
        valueStart[i] = value;
        valueEnd[i] = stop;
        lineEnd[i] = lineStop + 2;
        field[i] = Field.of(bytes, start, colon);
    }

    private static Result runOutOfHead(int end, int mostBytes) {
        return end > mostBytes ? Result.TOO_LARGE : Result.INCOMPLETE;
    }

    /** Whether the value of field {@code i} is {@code lower}, without regard to case. */
    boolean valueIs(int i, String lower) {
        return Field.equal(bytes, valueStart[i], valueEnd[i], lower);
    }

    /** Whether the comma-separated value of field {@code i} has the element {@code lower}, without regard to case. */
    boolean valueHas(int i, String lower) {
        int at = valueStart[i];
        while (at < valueEnd[i]) {
            int stop = at;
            while (stop < valueEnd[i] && bytes[stop] != ',') {
                stop++;
            }
            if (Field.equal(bytes, trimLeft(at, stop), trimRight(at, stop), lower)) {
                return true;
            }
            at = stop + 1;
        }
        return false;
    }

    /** Whether some Connection field of this head names field {@code i}, which is then for this hop only (X1). */
    boolean isNominated(int i) {
        for (int other = 0; other < fields; other++) {
            if (field[other] == Field.CONNECTION && lists(other, nameStart[i], nameEnd[i])) {
                return !Field.isProtected(field[i]);
            }
        }
        return false;
    }

    private boolean lists(int i, int nameFrom, int nameTo) {
        String name = text(nameFrom, nameTo).toLowerCase(Locale.ROOT);
        return valueHas(i, name);
    }

    /** Whether the value of field {@code i} contains {@code lower} anywhere, without regard to case. */
    boolean valueContains(int i, String lower) {
        for (int at = valueStart[i]; at + lower.length() <= valueEnd[i]; at++) {
            if (Field.is(bytes, at, lower)) {
                return true;
            }
        }
        return false;
    }

    /** The value of field {@code i} as a new string. */
    String value(int i) {
        return text(valueStart[i], valueEnd[i]);
    }

    /** The bytes of a range as a new string, one character a byte. */
    String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    int trimLeft(int from, int to) {
        int at = from;
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }

    int trimRight(int from, int to) {
        int at = to;
        while (at > from && (bytes[at - 1] == ' ' || bytes[at - 1] == '\t')) {
            at--;
        }
        return at;
    }

    /** Whether the request's method is {@code method}; methods are case-sensitive. */
    static boolean isMethod(Head head, String method) {
        if (head.methodEnd - head.methodStart != method.length()) {
            return false;
        }
        for (int i = 0; i < method.length(); i++) {
            if (head.bytes[head.methodStart + i] != method.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static boolean isToken(byte b) {
        return TOKEN[b & 0xff] == 1;
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
