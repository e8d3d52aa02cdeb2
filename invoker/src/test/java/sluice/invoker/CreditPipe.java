package sluice.invoker;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Bytes between the thread that takes frames and the one that reads; what was read gives its credit back. */
final class CreditPipe extends InputStream {
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private final IntConsumer credit;
    private RawConnection.@Nullable Ending ending;
    private int read;
    private int timeoutMillis;

    /** What came together, and how much of a flow-control window it took. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares pieces
    private record Piece(byte[] bytes, int credit) {}

    /** {@code credit} is told what may be sent again; on the reading thread. */
    CreditPipe(IntConsumer credit) {
        this.credit = credit;
    }

    synchronized void put(byte[] bytes, int credit) {
        pieces.add(new Piece(bytes, credit));
        notifyAll();
    }

    /** What was put is read first. */
    synchronized void end(RawConnection.Ending how) {
        if (ending == null) {
            ending = how;
            notifyAll();
        }
    }

    synchronized boolean hasEnded() {
        return ending != null;
    }

    synchronized void setTimeout(int millis) {
        timeoutMillis = millis;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int given = 0;
        int count;
        synchronized (this) {
            Piece first = await();
            if (first == null) {
                if (ending == RawConnection.Ending.RESET) {
                    throw new SocketException("the stream was reset");
                }
                return -1;
            }
            count = Math.min(length, first.bytes.length - read);
            System.arraycopy(first.bytes, read, into, offset, count);
            read += count;
            if (read == first.bytes.length) {
                pieces.remove();
                read = 0;
                given = first.credit;
            }
        }
        if (given > 0) {
            credit.accept(given);
        }
        return count;
    }

    private @Nullable Piece await() throws IOException {
        long end = System.nanoTime() + timeoutMillis * 1_000_000L;
        while (pieces.isEmpty() && ending == null) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new SocketTimeoutException("nothing came");
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
        return pieces.peek();
    }

    @Override
    public synchronized int available() {
        return pieces.stream().mapToInt(piece -> piece.bytes.length).sum() - read;
    }
}
