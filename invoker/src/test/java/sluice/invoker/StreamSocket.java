package sluice.invoker;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;

/**
 * A client's socket whose wire speaks HTTP/2 while its user speaks HTTP/1, so that one test can be run over both. Each
 * request that is written becomes a stream, once the one before has been answered; each frame of data that comes becomes a
 * chunk, or a part of a body with a length. A stream that is reset reads as a connection that is. Nothing is repaired: what
 * cannot be told in HTTP/2 fails.
 *
 * <p>Flow control works as the system's buffers do: what is not read is not acknowledged, and a write waits until it may be
 * sent. One thread may write while another reads.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // each part guards itself
final class StreamSocket extends Socket {
    private final Socket wire;
    private final StreamRequests requests;
    private final StreamAnswers answers;
    private final CreditPipe received;
    private final Windows windows = new Windows();

    StreamSocket(Socket wire) throws IOException {
        this.wire = wire;
        this.received = new CreditPipe(this::acknowledge);
        this.requests = new StreamRequests(wire.getOutputStream(), windows);
        this.answers = new StreamAnswers(new DataInputStream(wire.getInputStream()), received, windows, requests);
        requests.preface();
        Thread reader = new Thread(answers, "frames-" + wire.getLocalPort());
        reader.setDaemon(true);
        reader.start();
    }

    private void acknowledge(int bytes) {
        try {
            requests.windowUpdate(0, bytes);
            int stream = windows.stream();
            if (stream > 0) {
                requests.windowUpdate(stream, bytes);
            }
        } catch (IOException e) {
            received.end(RawConnection.Ending.RESET);
        }
    }

    @Override
    public InputStream getInputStream() {
        return received;
    }

    @Override
    public OutputStream getOutputStream() {
        return requests;
    }

    @Override
    public void setSoTimeout(int millis) {
        received.setTimeout(millis);
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        wire.setTcpNoDelay(on);
    }

    @Override
    public void setSoLinger(boolean on, int seconds) throws SocketException {
        wire.setSoLinger(on, seconds);
    }

    @Override
    public int getLocalPort() {
        return wire.getLocalPort();
    }

    @Override
    public void shutdownOutput() throws IOException {
        wire.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        received.end(RawConnection.Ending.FIN);
        windows.close();
        wire.close();
    }
}
