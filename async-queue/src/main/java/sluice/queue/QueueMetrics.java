package sluice.queue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import sluice.core.MetricFamily;
import sluice.core.MetricFamily.Sample;
import sluice.core.MetricSource;

/** Families of asynchronous calls. Those that begin with {@code queue_worker_} are OpenFaaS's; a part of them is exact. */
public final class QueueMetrics implements MetricSource {
    private final Ledger ledger;
    private final RecentBacklogs backlogs;
    private final Supplier<Mono<Map<Lane, Integer>>> inFlight;
    private final QueueCounters counters;

    /** @param inFlight attempts that run, by lane */
    public QueueMetrics(Ledger ledger, Supplier<Mono<Map<Lane, Integer>>> inFlight, QueueCounters counters) {
        this.ledger = ledger;
        this.backlogs = new RecentBacklogs(ledger::backlogs, System::nanoTime);
        this.inFlight = inFlight;
        this.counters = counters;
    }

    /** Without what the journal would have to tell, while it cannot. */
    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.zip(backlogs.recent().onErrorReturn(List.of()), inFlight.get())
                .map(both -> families(both.getT1(), both.getT2()));
    }

    private List<MetricFamily> families(List<Backlog> backlogs, Map<Lane, Integer> running) {
        long now = ledger.nowMillis();
        List<Sample> pending = new ArrayList<>();
        List<Sample> ages = new ArrayList<>();
        for (Backlog backlog : backlogs) {
            Map<String, String> labels = labels(backlog.lane());
            pending.add(new Sample("", labels, (double) backlog.waiting()));
            ages.add(new Sample("", labels, Math.max(0, now - backlog.firstDueMillis()) / 1e3));
        }
        List<Sample> inFlightNow = new ArrayList<>();
        running.forEach((lane, count) -> inFlightNow.add(new Sample("", labels(lane), (double) count)));
        return List.of(
                new MetricFamily(
                        "queue_worker_pending_messages",
                        MetricFamily.Type.GAUGE,
                        "Asynchronous calls that wait; a count of very many is kept for 20 times as long as it took, at most 60 s",
                        pending),
                new MetricFamily(
                        "queue_worker_messages_processed_total",
                        MetricFamily.Type.COUNTER,
                        "Attempts of asynchronous calls that have ended",
                        byQueue(counters.processedByQueue())),
                new MetricFamily(
                        "queue_worker_messages_submitted_total",
                        MetricFamily.Type.GAUGE,
                        "Asynchronous calls that were accepted",
                        byQueue(counters.submittedByQueue())),
                new MetricFamily(
                        "queue_worker_function_invocation_inflight",
                        MetricFamily.Type.GAUGE,
                        "Attempts of asynchronous calls that run",
                        inFlightNow),
                new MetricFamily(
                        "sluice_async_oldest_seconds",
                        MetricFamily.Type.GAUGE,
                        "How long the oldest due call of a function has waited",
                        ages),
                ends(),
                counter("sluice_async_retries_total", "Attempts that another one follows", counters.retried),
                counter("sluice_async_refused_total", "Submits that the journal could not keep", counters.refused),
                counter(
                        "sluice_async_damaged_total",
                        "Records without their request, and bodies without a record",
                        counters.damaged),
                histogram(
                        "sluice_async_queue_wait_seconds",
                        "From the time an attempt was due to its begin",
                        counters.waits),
                histogram(
                        "sluice_async_commit_seconds",
                        "From the first write of a batch of the journal to its sync",
                        counters.commits));
    }

    private MetricFamily ends() {
        List<Sample> ends = new ArrayList<>();
        ends.add(end("completed", counters.completed));
        ends.add(end("dead", counters.dead));
        ends.add(end("cancelled", counters.cancelled));
        ends.add(end("expired", counters.expired));
        return new MetricFamily(
                "sluice_async_ended_total",
                MetricFamily.Type.COUNTER,
                "Asynchronous calls that have ended, by state",
                ends);
    }

    private static Sample end(String state, LongAdder count) {
        return new Sample("", Map.of("state", state), (double) count.sum());
    }

    private static List<Sample> byQueue(Map<String, Long> counts) {
        List<Sample> samples = new ArrayList<>();
        counts.forEach((queue, count) -> samples.add(new Sample("", Map.of("queue_name", queue), (double) count)));
        return samples;
    }

    private static Map<String, String> labels(Lane lane) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("queue_name", lane.queue());
        labels.put("function_name", lane.function().qualified());
        return labels;
    }

    private static MetricFamily counter(String name, String help, LongAdder count) {
        return new MetricFamily(
                name, MetricFamily.Type.COUNTER, help, List.of(new Sample("", Map.of(), (double) count.sum())));
    }

    private static MetricFamily histogram(String name, String help, QueueCounters.Durations durations) {
        List<Sample> samples = new ArrayList<>();
        double[] bounds = QueueCounters.Durations.bounds();
        long cumulative = 0;
        for (int i = 0; i <= bounds.length; i++) {
            cumulative += durations.count(i);
            samples.add(new Sample(
                    "_bucket", Map.of("le", i == bounds.length ? "+Inf" : Double.toString(bounds[i])), (double)
                            cumulative));
        }
        samples.add(new Sample("_sum", Map.of(), durations.sum()));
        samples.add(new Sample("_count", Map.of(), (double) cumulative));
        return new MetricFamily(name, MetricFamily.Type.HISTOGRAM, help, samples);
    }
}
