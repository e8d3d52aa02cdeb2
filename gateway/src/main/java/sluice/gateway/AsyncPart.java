package sluice.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Functions;
import sluice.core.MetricSource;
import sluice.core.VersionInfo;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.FunctionCaller;
import sluice.queue.QueueCounters;
import sluice.queue.QueueMetrics;

/** Asynchronous calls: the journal and, in a process whose role it is, who makes the calls; wired by hand. */
final class AsyncPart implements AutoCloseable {
    private final OpenJournal journal;
    private final CallbackPolicy policy;
    private final @Nullable QueueWorker worker;
    private final QueueMetrics metrics;

    private AsyncPart(
            OpenJournal journal, CallbackPolicy policy, @Nullable QueueWorker worker, QueueCounters counters) {
        this.journal = journal;
        this.policy = policy;
        this.worker = worker;
        this.metrics = new QueueMetrics(
                journal.ledger(), worker == null ? () -> Mono.just(Map.of()) : worker::inFlight, counters);
    }

    /**
     * Opens the journal; starts no call before {@link #start}. Blocks.
     *
     * @param isOwnPort tells ports on which this process listens
     * @throws IOException when the journal cannot be opened
     */
    static AsyncPart open(
            GatewayConfig config,
            OpenFleet fleet,
            Functions functions,
            FunctionCaller caller,
            IntPredicate isOwnPort,
            VersionInfo version)
            throws IOException {
        QueueCounters counters = new QueueCounters();
        OpenJournal journal = OpenJournal.of(config, fleet, functions, counters);
        boolean areFunctionsHere = config.provider() == ProviderKind.LOCAL;
        CallbackPolicy policy =
                new CallbackPolicy(config.callbackRules(), areFunctionsHere, journal.isBrokerPort(), isOwnPort);
        try {
            QueueWorker worker = config.role().isWorker()
                    ? QueueWorker.open(journal, config, functions, caller, policy, version, counters)
                    : null;
            return new AsyncPart(journal, policy, worker, counters);
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
        return worker == null ? List.of(metrics) : List.of(metrics, worker.callbacks());
    }

    /** Lets calls run, those of an earlier process first. */
    void start() {
        if (worker != null) {
            worker.start();
        }
    }

    /** Starts nothing more; completes when attempts and callbacks have ended, or were cut after {@code drain}. */
    Mono<Void> stop(Duration drain) {
        return worker == null ? Mono.empty() : worker.stop(drain);
    }

    /** Closes the journal. Blocks; after {@link #stop}. */
    @Override
    public void close() throws IOException {
        journal.end().close();
        if (worker != null) {
            worker.close();
        }
    }
}
