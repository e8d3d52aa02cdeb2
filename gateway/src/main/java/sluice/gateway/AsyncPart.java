package sluice.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.Functions;
import sluice.core.MetricSource;
import sluice.core.VersionInfo;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.FunctionCaller;
import sluice.queue.QueueCounters;
import sluice.queue.QueueMetrics;
import sluice.queue.callback.Callbacks;
import sluice.queue.schedule.Dispatcher;

/** Asynchronous calls: journal, dispatcher and callbacks, wired by hand. */
final class AsyncPart implements AutoCloseable {
    private final OpenJournal journal;
    private final CallbackPolicy policy;
    private final Scheduler loop;
    private final Callbacks callbacks;
    private final Dispatcher dispatcher;
    private final QueueMetrics metrics;

    private AsyncPart(
            OpenJournal journal,
            GatewayConfig config,
            Functions functions,
            FunctionCaller caller,
            IntPredicate isOwnPort,
            VersionInfo version,
            QueueCounters counters) {
        this.journal = journal;
        this.policy = new CallbackPolicy(config.callbackRules(), true, Set.of(), isOwnPort);
        this.loop = Schedulers.newSingle("queue-dispatcher", true);
        this.callbacks = Callbacks.open(
                config.callbacks(),
                policy,
                journal.ledger(),
                journal.calls(),
                caller,
                functions,
                config.invoker().defaultNamespace(),
                version.release());
        this.dispatcher =
                new Dispatcher(journal.ledger(), caller, functions, config.queue(), counters, loop, callbacks::due);
        this.metrics = new QueueMetrics(journal.ledger(), dispatcher::inFlight, counters);
    }

    /**
     * Opens the journal; starts no call before {@link #start}. Blocks.
     *
     * @param isOwnPort tells ports on which this process listens
     * @throws IOException when the journal cannot be opened
     */
    static AsyncPart open(
            GatewayConfig config,
            Functions functions,
            FunctionCaller caller,
            IntPredicate isOwnPort,
            VersionInfo version)
            throws IOException {
        QueueCounters counters = new QueueCounters();
        OpenJournal journal = OpenJournal.of(config, functions, counters);
        try {
            return new AsyncPart(journal, config, functions, caller, isOwnPort, version, counters);
        } catch (RuntimeException e) {
            journal.end().close();
            throw e;
        }
    }

    CallJournal journal() {
        return journal.calls();
    }

    /** Where callbacks may go. */
    CallbackPolicy policy() {
        return policy;
    }

    List<MetricSource> metrics() {
        List<MetricSource> all = new ArrayList<>(journal.metrics());
        all.add(metrics);
        all.add(callbacks);
        return all;
    }

    /** Lets calls run, those of an earlier process first. */
    void start() {
        dispatcher.start();
    }

    /** Starts nothing more; completes when attempts and callbacks have ended, or were cut after {@code drain}. */
    Mono<Void> stop(Duration drain) {
        return Mono.when(dispatcher.stop(drain), callbacks.stop(drain));
    }

    /** Closes the journal. Blocks; after {@link #stop}. */
    @Override
    public void close() throws IOException {
        journal.end().close();
        loop.dispose();
    }
}
