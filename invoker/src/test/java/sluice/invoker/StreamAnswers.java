package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Takes frames and hands out answers as HTTP/1 has them; the one thread that reads the wire. */
final class StreamAnswers implements Runnable {
    private static final long MOST_FIELD_BYTES = 1 << 20;
    private static final int PADDED = 8;
    private static final int ACK = 1;
    private static final int INITIAL_WINDOW_SIZE = 4;

    private final DataInputStream wire;
    private final CreditPipe received;
    private final Windows windows;
    private final StreamRequests requests;
    private final DefaultHttp2HeadersDecoder fields = new DefaultHttp2HeadersDecoder(false, MOST_FIELD_BYTES);
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private boolean blockEndsStream;
    /** Whether the final head of the answer has come, and how its body is told. */
    private boolean hasHead;

    private boolean isChunked;
    private long left;
    private boolean isGoingAway;

    StreamAnswers(DataInputStream wire, CreditPipe received, Windows windows, StreamRequests requests) {
        this.wire = wire;
        this.received = received;
        this.windows = windows;
        this.requests = requests;
    }

    @Override
    public void run() {
        try {
            while (!received.hasEnded()) {
                frame(RawHttp2.read(wire));
            }
        } catch (java.io.EOFException end) {
            received.end(RawConnection.Ending.FIN);
        } catch (IOException broken) {
            received.end(RawConnection.Ending.RESET);
        } finally {
            windows.close();
        }
    }

    private void frame(RawHttp2.Frame frame) throws IOException {
        switch (frame.type()) {
            case RawHttp2.SETTINGS -> settings(frame);
            case RawHttp2.PING -> {
                if ((frame.flags() & ACK) == 0) {
                    requests.frame(RawHttp2.PING, ACK, 0, frame.payload());
                }
            }
            case RawHttp2.WINDOW_UPDATE -> windows.grow(frame.stream(), frame.number(0));
            case RawHttp2.GOAWAY -> {
                isGoingAway = true;
                endIfNothingIsOpen();
            }
            case RawHttp2.RST_STREAM -> reset(frame);
            case RawHttp2.HEADERS, RawHttp2.CONTINUATION -> {
                if (frame.type() == RawHttp2.HEADERS) {
                    blockEndsStream = (frame.flags() & RawHttp2.END_STREAM) != 0;
                }
                block.writeBytes(frame.payload());
                if ((frame.flags() & RawHttp2.END_HEADERS) != 0) {
                    headers(frame.stream());
                }
            }
            case RawHttp2.DATA -> data(frame);
            default -> {} // unknown kinds are ignored (RFC 9113, 4.1)
        }
    }

    private void settings(RawHttp2.Frame frame) throws IOException {
        if ((frame.flags() & ACK) != 0) {
            return;
        }
        for (int at = 0; at < frame.payload().length; at += 6) {
            if (frame.payload()[at + 1] == INITIAL_WINDOW_SIZE) {
                windows.setInitial(frame.number(at + 2));
            }
        }
        requests.frame(RawHttp2.SETTINGS, ACK, 0);
    }

    private void reset(RawHttp2.Frame frame) {
        boolean isOpen = windows.stream() == frame.stream();
        windows.answered(frame.stream());
        if (isOpen) {
            received.end(RawConnection.Ending.RESET);
        }
    }

    private void headers(int stream) throws IOException {
        Http2Headers headers;
        ByteBuf bytes = Unpooled.wrappedBuffer(block.toByteArray());
        try {
            headers = fields.decodeHeaders(stream, bytes);
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
        block.reset();
        if (hasHead) {
            trailers(headers);
            end(stream);
            return;
        }
        int status = Integer.parseInt(String.valueOf(headers.status()));
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " \r\n");
        append(head, headers);
        if (status >= 200) {
            CharSequence length = headers.get("content-length");
            hasHead = true;
            isChunked = false;
            left = 0;
            if (length == null && !blockEndsStream) {
                isChunked = true;
                head.append("transfer-encoding: chunked\r\n");
            } else if (length == null
                    && status != 204
                    && status != 304
                    && !requests.method().equals("HEAD")) {
                head.append("content-length: 0\r\n");
            } else if (length != null && !blockEndsStream) {
                left = Long.parseLong(length.toString());
            }
        }
        put(head.append("\r\n").toString(), 0);
        if (blockEndsStream) {
            end(stream);
        }
    }

    private void trailers(Http2Headers headers) {
        if (isChunked) {
            StringBuilder end = new StringBuilder("0\r\n");
            append(end, headers);
            put(end.append("\r\n").toString(), 0);
        }
    }

    private static void append(StringBuilder lines, Http2Headers headers) {
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            if (field.getKey().charAt(0) != ':') {
                lines.append(field.getKey())
                        .append(": ")
                        .append(field.getValue())
                        .append("\r\n");
            }
        }
    }

    private void data(RawHttp2.Frame frame) throws IOException {
        if ((frame.flags() & PADDED) != 0) {
            throw new IOException("the gateway pads nothing");
        }
        int size = frame.payload().length;
        boolean isEnd = (frame.flags() & RawHttp2.END_STREAM) != 0;
        if (size > 0 && isChunked) {
            ByteArrayOutputStream chunk = new ByteArrayOutputStream();
            chunk.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            chunk.writeBytes(frame.payload());
            chunk.writeBytes(new byte[] {'\r', '\n'});
            received.put(chunk.toByteArray(), size);
        } else if (size > 0) {
            left -= size;
            received.put(frame.payload(), size);
        }
        if (isEnd) {
            if (isChunked) {
                put("0\r\n\r\n", 0);
            } else if (left != 0) {
                throw new IOException("the body is not as long as announced: " + left);
            }
            end(frame.stream());
        }
    }

    private void end(int stream) {
        hasHead = false;
        windows.answered(stream);
        endIfNothingIsOpen();
    }

    private void endIfNothingIsOpen() {
        if (isGoingAway && windows.stream() == 0) {
            received.end(RawConnection.Ending.FIN);
        }
    }

    private void put(String text, int credit) {
        received.put(text.getBytes(StandardCharsets.ISO_8859_1), credit);
    }
}
