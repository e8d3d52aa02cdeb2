package sluice.invoker;

import java.io.IOException;
import java.net.SocketException;

/**
 * What a client of HTTP/2 may send (RFC 9113, 6.9), and which of its streams is open: one at a time. Thread-safe.
 */
final class Windows {
    private static final int FIRST = 65_535;

    private long initial = FIRST;
    private long connection = FIRST;
    private long stream = FIRST;
    private int open;
    private boolean isSending;
    private boolean isClosed;

    /** Waits until no stream is open, then opens this one. */
    synchronized void open(int id) throws IOException {
        long end = System.nanoTime() + RawConnection.PATIENCE.toNanos();
        while (open != 0 && !isClosed) {
            pause(end, "the answer before has not ended");
        }
        requireOpen();
        open = id;
        isSending = true;
        stream = initial;
    }

    /** The open stream, or 0. */
    synchronized int stream() {
        return open;
    }

    /** The answer is whole, or the stream was reset: nothing more is sent. */
    synchronized void answered(int id) {
        if (open == id) {
            open = 0;
            isSending = false;
            notifyAll();
        }
    }

    /** How many of {@code wanted} bytes may be sent now; waits for at least one. 0 when nobody takes them any more. */
    synchronized int take(int id, int wanted) throws IOException {
        while (open == id && isSending && Math.min(connection, stream) <= 0 && !isClosed) {
            pause(Long.MAX_VALUE, "");
        }
        requireOpen();
        if (open != id || !isSending) {
            return 0;
        }
        int taken = (int) Math.min(wanted, Math.min(connection, stream));
        connection -= taken;
        stream -= taken;
        return taken;
    }

    synchronized void grow(int id, int bytes) {
        if (id == 0) {
            connection += bytes;
        } else if (id == open) {
            stream += bytes;
        }
        notifyAll();
    }

    synchronized void setInitial(long bytes) {
        stream += bytes - initial;
        initial = bytes;
        notifyAll();
    }

    synchronized void close() {
        isClosed = true;
        notifyAll();
    }

    private void requireOpen() throws IOException {
        if (isClosed) {
            throw new SocketException("the connection is closed");
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the callers loop
    private void pause(long end, String problem) throws IOException {
        if (end != Long.MAX_VALUE && System.nanoTime() - end > 0) {
            throw new IOException(problem);
        }
        try {
            wait(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
