package sluice.invoker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Takes requests as HTTP/1 has them and writes them as frames. What HTTP/2 has no words for fails. */
final class StreamRequests extends OutputStream {
    private static final int MOST_IN_A_FRAME = 16_384;

    /** What the bytes that come next are. */
    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS
    }

    private final OutputStream wire;
    private final Windows windows;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private State state = State.HEAD;
    private List<String> lines = new ArrayList<>();
    private long left;
    private int nextStream = 1;
    private volatile int stream;
    private volatile String method = "";

    StreamRequests(OutputStream wire, Windows windows) {
        this.wire = wire;
        this.windows = windows;
    }

    void preface() throws IOException {
        synchronized (wire) {
            wire.write(RawHttp2.PREFACE.getBytes(StandardCharsets.US_ASCII));
            wire.write(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0));
        }
    }

    /** The method of the request that was written last. */
    String method() {
        return method;
    }

    void frame(int type, int flags, int id, byte... payload) throws IOException {
        synchronized (wire) {
            wire.write(RawHttp2.frame(type, flags, id, payload));
        }
    }

    void windowUpdate(int id, int bytes) throws IOException {
        frame(RawHttp2.WINDOW_UPDATE, 0, id, (byte) (bytes >>> 24), (byte) (bytes >>> 16), (byte) (bytes >>> 8), (byte)
                bytes);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        for (int at = offset; at < end; ) {
            if (state == State.BODY || state == State.CHUNK) {
                int count = (int) Math.min(left, end - at);
                left -= count;
                data(bytes, at, count, state == State.BODY && left == 0);
                at += count;
                if (left == 0) {
                    state = state == State.BODY ? State.HEAD : State.CHUNK_END;
                }
            } else {
                byte next = bytes[at++];
                line.write(next);
                if (next == '\n') {
                    String text = line.toString(StandardCharsets.ISO_8859_1);
                    line.reset();
                    if (!text.endsWith("\r\n")) {
                        throw inexpressible("a bare LF");
                    }
                    line(text.substring(0, text.length() - 2));
                }
            }
        }
    }

    private void line(String text) throws IOException {
        switch (state) {
            case HEAD -> {
                if (!text.isEmpty()) {
                    lines.add(text);
                } else if (!lines.isEmpty()) {
                    head();
                }
            }
            case CHUNK_SIZE -> {
                left = Long.parseLong(text, 16);
                state = left > 0 ? State.CHUNK : State.TRAILERS;
            }
            case CHUNK_END -> {
                if (!text.isEmpty()) {
                    throw inexpressible("a chunk that is longer than its size");
                }
                state = State.CHUNK_SIZE;
            }
            case TRAILERS -> {
                if (text.isEmpty()) {
                    state = State.HEAD;
                    trailers();
                } else {
                    lines.add(text);
                }
            }
            default -> throw new IllegalStateException();
        }
    }

    private void head() throws IOException {
        String[] start = lines.remove(0).split(" ", -1);
        if (start.length != 3 || !start[2].equals("HTTP/1.1")) {
            throw inexpressible(String.join(" ", start));
        }
        List<String> fields = new ArrayList<>(
                List.of(":method", start[0], ":scheme", Tls.IS_ON ? "https" : "http", ":path", start[1]));
        boolean isChunked = false;
        long length = -1;
        boolean hasAuthority = false;
        List<String> others = new ArrayList<>();
        for (String field : lines) {
            String name = name(field);
            String value = value(field);
            switch (name) {
                case "host" -> {
                    (hasAuthority ? others : fields).addAll(List.of(hasAuthority ? "host" : ":authority", value));
                    hasAuthority = true;
                }
                case "transfer-encoding" -> isChunked = true;
                default -> {
                    others.addAll(List.of(name, value));
                    if (name.equals("content-length")) {
                        length = Long.parseLong(value);
                    }
                }
            }
        }
        fields.addAll(others);
        lines = new ArrayList<>();
        int id = nextStream;
        nextStream += 2;
        method = start[0];
        boolean hasBody = isChunked || length > 0;
        windows.open(id);
        stream = id;
        headers(id, RawHttp2.fields(fields.toArray(String[]::new)), !hasBody);
        left = length;
        state = isChunked ? State.CHUNK_SIZE : hasBody ? State.BODY : State.HEAD;
    }

    private void trailers() throws IOException {
        if (lines.isEmpty()) {
            data(new byte[0], 0, 0, true);
        } else {
            List<String> fields = new ArrayList<>();
            lines.forEach(field -> fields.addAll(List.of(name(field), value(field))));
            lines = new ArrayList<>();
            headers(stream, RawHttp2.fields(fields.toArray(String[]::new)), true);
        }
    }

    private void headers(int id, byte[] block, boolean isEnd) throws IOException {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        int type = RawHttp2.HEADERS;
        int at = 0;
        do {
            int count = Math.min(MOST_IN_A_FRAME, block.length - at);
            byte[] part = new byte[count];
            System.arraycopy(block, at, part, 0, count);
            at += count;
            int flags = (at == block.length ? RawHttp2.END_HEADERS : 0)
                    | (isEnd && type == RawHttp2.HEADERS ? RawHttp2.END_STREAM : 0);
            frames.writeBytes(RawHttp2.frame(type, flags, id, part));
            type = RawHttp2.CONTINUATION;
        } while (at < block.length);
        synchronized (wire) {
            wire.write(frames.toByteArray());
        }
    }

    private void data(byte[] bytes, int offset, int length, boolean isEnd) throws IOException {
        int id = stream;
        int at = offset;
        int end = offset + length;
        do {
            int count = 0;
            if (at < end) {
                count = windows.take(id, Math.min(MOST_IN_A_FRAME, end - at));
                if (count == 0) {
                    return; // the answer has come whole, or the stream was reset: the rest is not wanted
                }
            } else if (windows.stream() != id) {
                return;
            }
            byte[] part = new byte[count];
            System.arraycopy(bytes, at, part, 0, count);
            at += count;
            frame(RawHttp2.DATA, isEnd && at == end ? RawHttp2.END_STREAM : 0, id, part);
        } while (at < end);
    }

    private static String name(String field) {
        int colon = field.indexOf(':');
        if (colon < 1) {
            throw inexpressible(field);
        }
        return field.substring(0, colon).toLowerCase(Locale.ROOT);
    }

    private static String value(String field) {
        return field.substring(field.indexOf(':') + 1).replaceAll("^[ \t]+|[ \t]+$", "");
    }

    private static IllegalArgumentException inexpressible(String what) {
        return new IllegalArgumentException("not to be told in HTTP/2: " + what);
    }
}
