package sluice.invoker;

import java.util.concurrent.atomic.LongAdder;

/** Rare events of the relay, counted for those who run it (reliability rule 9). Thread-safe. */
final class RelayCounters {
    final LongAdder refused = new LongAdder();
    final LongAdder abortedAnswers = new LongAdder();
    final LongAdder badAnswers = new LongAdder();
    final LongAdder stalledClients = new LongAdder();
    final LongAdder retriesOfDials = new LongAdder();
    final LongAdder retriesOfStale = new LongAdder();
}
