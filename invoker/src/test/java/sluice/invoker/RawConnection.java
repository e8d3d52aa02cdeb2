package sluice.invoker;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a TCP connection that writes exactly the bytes it is told and hands out exactly the bytes that come. Text
 * is Latin-1, one character per byte. A read that waits longer than {@link #PATIENCE} fails. Not thread-safe, except
 * that one thread may write while another reads.
 */
final class RawConnection implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** How the other side ended the connection. */
    enum Ending {
        FIN,
        RESET
    }

    private final Socket socket;
    private final Socket wire;
    private final InputStream in;
    private final Consumer<RawMessage> onRequest;
    private @Nullable Ending ending;
    private volatile boolean isInRequest;
    private volatile boolean isWriting;

    RawConnection(Socket socket, Consumer<RawMessage> onRequest) throws IOException {
        this(new Http2.Line(socket, socket), onRequest);
    }

    private RawConnection(Http2.Line line, Consumer<RawMessage> onRequest) throws IOException {
        this.socket = line.spoken();
        this.wire = line.wire();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
        this.onRequest = onRequest;
    }

    /** A client of the gateway at {@code port} of this machine, over what this run of the tests speaks. */
    static RawConnection open(int port) throws IOException {
        return new RawConnection(Http2.connect(port), request -> {});
    }

    /** As {@link #open}; what it has not read waits in the system within {@code bytes} or twice as much. */
    static RawConnection openWithReceiveBuffer(int port, int bytes) throws IOException {
        return new RawConnection(Http2.connect(port, bytes), request -> {});
    }

    /** The local port: what {@code X-Forwarded-For} must name. */
    int localPort() {
        return socket.getLocalPort();
    }

    void send(String bytes) throws IOException {
        send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(byte[] bytes) throws IOException {
        isWriting = true;
        socket.getOutputStream().write(bytes);
        isWriting = false;
    }

    /** Reads a final answer to GET, skipping informational ones. */
    RawMessage answer() throws IOException {
        return answerTo("GET");
    }

    /** Reads a final answer to {@code method}, skipping informational ones. */
    RawMessage answerTo(String method) throws IOException {
        RawMessage answer = RawMessage.answer(this, method);
        while (answer.isWhole() && answer.status() < 200 && answer.status() != 101) {
            answer = RawMessage.answer(this, method);
        }
        return answer;
    }

    /** Reads a whole request, or as much of one as comes; it is also handed to the listener of this connection. */
    @CanIgnoreReturnValue
    RawMessage request() throws IOException {
        in.mark(1);
        read();
        in.reset();
        isInRequest = true;
        RawMessage request = RawMessage.request(this);
        onRequest.accept(request);
        isInRequest = false;
        return request;
    }

    /** Whether a request has begun to come and has not ended. */
    boolean isInRequest() {
        return isInRequest;
    }

    /** Reads a head up to its empty line, as it came; the body is left where it is. */
    @CanIgnoreReturnValue
    String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            head.append((char) read());
        }
        return head.toString();
    }

    /** Exactly so many bytes. */
    byte[] bytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException(count - bytes.length + " bytes are missing");
        }
        return bytes;
    }

    /** Takes exactly so many bytes and forgets them. */
    void discard(long count) throws IOException {
        byte[] discarded = new byte[64 * 1024];
        for (long left = count; left > 0; ) {
            int taken = in.read(discarded, 0, (int) Math.min(left, discarded.length));
            if (taken < 0) {
                throw new EOFException(left + " bytes are missing");
            }
            left -= taken;
        }
    }

    /** Sends back what comes, as it comes, until the other side ends. */
    void echo() throws IOException {
        byte[] bytes = new byte[64 * 1024];
        for (int taken = in.read(bytes); taken >= 0; taken = in.read(bytes)) {
            socket.getOutputStream().write(bytes, 0, taken);
        }
    }

    /** The next byte. */
    @CanIgnoreReturnValue
    int read() throws IOException {
        int next = ending == null ? readOrEnd() : -1;
        if (next < 0) {
            throw new EOFException("ended by " + ending);
        }
        return next;
    }

    /** Exactly so many bytes, as text. */
    String exactly(int count) throws IOException {
        return new String(bytes(count), StandardCharsets.ISO_8859_1);
    }

    /** Whether a byte has come that was not read yet. */
    boolean hasMore() throws IOException {
        return in.available() > 0;
    }

    /** Everything up to the end of the connection. */
    String rest() throws IOException {
        StringBuilder bytes = new StringBuilder();
        for (int next = readOrEnd(); next >= 0; next = readOrEnd()) {
            bytes.append((char) next);
        }
        return bytes.toString();
    }

    /** Reads and discards up to the end of the connection, and says how it ended. */
    @CanIgnoreReturnValue
    Ending ending() throws IOException {
        byte[] discarded = new byte[64 * 1024];
        while (ending == null) {
            try {
                ending = in.read(discarded) < 0 ? Ending.FIN : null;
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                ending = Ending.RESET;
            }
        }
        return ending;
    }

    /** Waits until a call whose answer has come is over: a connection ends; of HTTP/2, it is the stream that did. */
    void awaitEndOfCall() throws IOException {
        if (!Http2.IS_ON) {
            ending();
        }
    }

    /** Says that nothing more will be sent, and goes on reading. */
    void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends the connection with RST. */
    void reset() throws IOException {
        wire.setSoLinger(true, 0);
        wire.close();
    }

    /** Ends the connection with FIN (or RST, where bytes have come that were not read). */
    @Override
    public void close() throws IOException {
        if (isWriting) {
            wire.close(); // under TLS the polite end would wait for the writer
        }
        try {
            socket.close();
        } catch (SocketException gone) {
            wire.close(); // under TLS the polite end wants to say something, and nobody is there
        }
    }

    private int readOrEnd() throws IOException {
        if (ending != null) {
            return -1;
        }
        try {
            int next = in.read();
            ending = next < 0 ? Ending.FIN : null;
            return next;
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            ending = Ending.RESET;
            return -1;
        }
    }
}
