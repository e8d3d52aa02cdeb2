package sluice.queue;

import java.util.List;
import java.util.Set;
import reactor.core.publisher.Mono;

/** What a journal tells the scheduler. Thread-safe; returns at once. */
public interface Arrivals {
    /** These wait in their lanes from now on: submits, redrives. */
    void arrived(List<Waiting> calls);

    /**
     * The call is no longer ours to run: cancelled, or its lease is lost. Completes once its attempt, if one runs here,
     * has been aborted; no attempt of it starts after that.
     */
    Mono<Void> withdrawn(Rid rid);

    /** {@link Ledger#backlogs} has to be read anew: the journal has opened, a lease came or went. */
    void backlogsChanged();

    /**
     * What is paused from now on, all of it.
     *
     * @param queues names
     * @param functions {@code NAME.NAMESPACE}
     */
    void paused(Set<String> queues, Set<String> functions);

    /** A callback is due from that time on, milliseconds since 1970 of the journal's clock. */
    void callbackDue(long atMillis);
}
