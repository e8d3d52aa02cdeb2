package sluice.local;

import java.io.IOException;
import java.io.OutputStream;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.SignalType;

/**
 * Writes a request's body into a process, a chunk at a time, so that a process that reads slowly slows the sender. What a
 * process does not want to read is read and dropped. A body that breaks off must not look whole: it aborts the call.
 */
final class StdinPump extends BaseSubscriber<byte[]> {
    private static final Logger log = LoggerFactory.getLogger(StdinPump.class);

    private static final long NOT_BLOCKED = Long.MIN_VALUE;
    private static final long LONG_NANOS = 500_000_000;

    private final OutputStream stdin;
    private final Runnable abort;
    private volatile long blockedSince = NOT_BLOCKED;
    private boolean isWanted = true;

    StdinPump(OutputStream stdin, Runnable abort) {
        this.stdin = stdin;
        this.abort = abort;
    }

    /** Whether the process has not read for a while what waits to be read. */
    boolean isStalled() {
        long since = blockedSince;
        return since != NOT_BLOCKED && System.nanoTime() - since > LONG_NANOS;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(1);
    }

    @Override
    protected void hookOnNext(byte[] chunk) {
        if (isWanted) {
            blockedSince = System.nanoTime();
            try {
                stdin.write(chunk);
                stdin.flush();
                blockedSince = NOT_BLOCKED;
            } catch (IOException e) {
                isWanted = false; // it has closed its input, or ended
            }
        }
        request(1);
    }

    @Override
    protected void hookOnError(Throwable cause) {
        log.debug("the body broke off: {}", cause.getMessage());
        abort.run();
    }

    @Override
    protected void hookFinally(SignalType type) {
        if (type != SignalType.CANCEL) { // then the process has ended, and the stream with it
            close();
        }
    }

    private void close() {
        try {
            stdin.close();
        } catch (IOException e) {
            log.debug("the process did not read its input to the end: {}", e.getMessage());
        }
    }
}
