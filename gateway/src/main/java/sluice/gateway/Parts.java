package sluice.gateway;

import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts that run, ended in the reverse order of their start. One that fails to end keeps no other from ending. Not
 * thread-safe.
 */
final class Parts {
    private static final Logger log = LoggerFactory.getLogger(Parts.class);

    private final ArrayDeque<AutoCloseable> running = new ArrayDeque<>();

    /** Remembers how to end a part that has just started. */
    void started(AutoCloseable end) {
        running.push(end);
    }

    /** Ends all of them; a second call finds nothing left to do. */
    void end() {
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                log.error("a part did not end as it should", e);
            }
        }
    }
}
