package sluice.queue.embedded;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.util.retry.Retry;
import sluice.queue.Arrivals;
import sluice.queue.store.CallStore;

/** Tells the scheduler what is paused. */
final class Pauses {
    private static final Logger log = LoggerFactory.getLogger(Pauses.class);
    static final String QUEUE = "queue:";
    static final String FUNCTION = "function:";

    private Pauses() {}

    /** Tells it once it could be read; nothing starts before that. */
    static void tell(CallStore store, Arrivals arrivals) {
        store.read(tables -> tables.small().pauses())
                .doOnError(e -> log.warn("cannot read what is paused: {}", e.getMessage()))
                .retryWhen(
                        Retry.fixedDelay(Long.MAX_VALUE, Duration.ofSeconds(1)).filter(e -> store.broken() == null))
                .subscribe(names -> tell(names, arrivals), e -> log.error("no asynchronous call starts", e));
    }

    static void tell(List<String> names, Arrivals arrivals) {
        arrivals.paused(of(names, QUEUE), of(names, FUNCTION));
    }

    private static Set<String> of(List<String> names, String kind) {
        Set<String> found = new HashSet<>();
        names.stream().filter(name -> name.startsWith(kind)).forEach(name -> found.add(name.substring(kind.length())));
        return found;
    }
}
