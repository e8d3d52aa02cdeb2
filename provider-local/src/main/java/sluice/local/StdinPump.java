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

    private final OutputStream stdin;
    private final Runnable abort;
    private boolean isWanted = true;

    StdinPump(OutputStream stdin, Runnable abort) {
        this.stdin = stdin;
        this.abort = abort;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(1);
    }

    @Override
    protected void hookOnNext(byte[] chunk) {
        if (isWanted) {
            try {
                stdin.write(chunk);
                stdin.flush();
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
