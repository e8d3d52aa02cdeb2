package sluice.invoker;

import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.util.concurrent.atomic.LongAdder;

/** Rare events of the relay, counted for those who run it (reliability rule 9). Thread-safe. */
final class RelayCounters {
    final LongAdder refused = new LongAdder();
    final LongAdder abortedAnswers = new LongAdder();
    final LongAdder badAnswers = new LongAdder();
    final LongAdder stalledClients = new LongAdder();
    final LongAdder retriesOfDials = new LongAdder();
    final LongAdder retriesOfStale = new LongAdder();
    final LongAdder dialsTimedOut = new LongAdder();
    final LongAdder dialsRefused = new LongAdder();
    final LongAdder dialsFailed = new LongAdder();
    final LongAdder endedBeforeAnswer = new LongAdder();

    /** A connection to a replica could not be made. */
    void dialFailed(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            dialsTimedOut.increment();
        } else if (cause instanceof ConnectException) {
            dialsRefused.increment();
        } else {
            dialsFailed.increment();
        }
    }
}
