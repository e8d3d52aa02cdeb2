package sluice.gateway;

import java.time.Duration;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.Functions;
import sluice.core.MetricSource;
import sluice.core.VersionInfo;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.FunctionCaller;
import sluice.queue.Lane;
import sluice.queue.QueueCounters;
import sluice.queue.callback.Callbacks;
import sluice.queue.schedule.Dispatcher;

/** What makes the calls of a journal: dispatcher and callbacks. */
final class QueueWorker implements AutoCloseable {
    private final Scheduler loop = Schedulers.newSingle("queue-dispatcher", true);
    private final Callbacks callbacks;
    private final Dispatcher dispatcher;

    private QueueWorker(
            OpenJournal journal,
            GatewayConfig config,
            Functions functions,
            FunctionCaller caller,
            Callbacks callbacks,
            QueueCounters counters) {
        this.callbacks = callbacks;
        this.dispatcher =
                new Dispatcher(journal.ledger(), caller, functions, config.queue(), counters, loop, callbacks::due);
    }

    /** Ready; makes no call before {@link #start}. Reads the file of signing keys, so it blocks. */
    static QueueWorker open(
            OpenJournal journal,
            GatewayConfig config,
            Functions functions,
            FunctionCaller caller,
            CallbackPolicy policy,
            VersionInfo version,
            QueueCounters counters) {
        Callbacks callbacks = Callbacks.open(
                config.callbacks(),
                policy,
                journal.ledger(),
                journal.calls(),
                caller,
                functions,
                config.invoker().defaultNamespace(),
                version.release());
        return new QueueWorker(journal, config, functions, caller, callbacks, counters);
    }

    MetricSource callbacks() {
        return callbacks;
    }

    Mono<Map<Lane, Integer>> inFlight() {
        return dispatcher.inFlight();
    }

    void start() {
        dispatcher.start();
    }

    /** Starts nothing more; completes when attempts and callbacks have ended, or were cut after {@code drain}. */
    Mono<Void> stop(Duration drain) {
        return Mono.when(dispatcher.stop(drain), callbacks.stop(drain));
    }

    @Override
    public void close() {
        loop.dispose();
    }
}
