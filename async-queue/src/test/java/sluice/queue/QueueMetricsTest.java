package sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import sluice.core.MetricFamily;
import sluice.core.MetricFamily.Sample;
import sluice.queue.embedded.EmbeddedJournal;

/** Names, types and labels as the gateway contract has them, over a real journal. */
final class QueueMetricsTest {
    private static final Duration BOUND = Duration.ofSeconds(20);
    private static final Lane LANE = new Lane(Lane.DEFAULT_QUEUE, SomeCalls.ECHO);
    private static final Map<String, String> LABELS =
            Map.of("queue_name", "faas-request", "function_name", "echo.openfaas-fn");

    @TempDir
    private Path directory;

    private EmbeddedJournal journal;
    private QueueCounters counters;
    private QueueMetrics metrics;

    @BeforeEach
    void open() throws IOException {
        counters = new QueueCounters();
        journal = EmbeddedJournal.open(directory, QueueConfigs.with(), new NoFunctions(), counters);
        metrics = new QueueMetrics(journal.ledger(), () -> Mono.just(Map.of(LANE, 4)), counters);
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
    }

    private MetricFamily family(String name) {
        List<MetricFamily> all = Objects.requireNonNull(metrics.collect().block(BOUND));
        return all.stream()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name));
    }

    private static void submit(EmbeddedJournal journal, int calls) {
        for (int i = 0; i < calls; i++) {
            assertThat(journal.submit(SomeCalls.to(SomeCalls.ECHO), SomeCalls.body(new byte[10]))
                            .block(BOUND))
                    .isNotNull();
        }
    }

    @Test
    void hasOpenFaasNames_typesAndLabels() {
        submit(journal, 3);
        counters.processedOf("slow-fns");

        MetricFamily pending = family("queue_worker_pending_messages");
        assertThat(pending.type()).isEqualTo(MetricFamily.Type.GAUGE);
        assertThat(pending.samples()).containsExactly(new Sample("", LABELS, 3));
        MetricFamily processed = family("queue_worker_messages_processed_total");
        assertThat(processed.type()).isEqualTo(MetricFamily.Type.COUNTER);
        assertThat(processed.samples()).containsExactly(new Sample("", Map.of("queue_name", "slow-fns"), 1));
        MetricFamily submitted = family("queue_worker_messages_submitted_total");
        assertThat(submitted.type()).as("sic").isEqualTo(MetricFamily.Type.GAUGE);
        assertThat(submitted.samples()).containsExactly(new Sample("", Map.of("queue_name", "faas-request"), 3));
        MetricFamily running = family("queue_worker_function_invocation_inflight");
        assertThat(running.type()).isEqualTo(MetricFamily.Type.GAUGE);
        assertThat(running.samples()).containsExactly(new Sample("", LABELS, 4));
    }

    @Test
    void countsWhatAnEarlierProcessLeft() throws IOException {
        submit(journal, 5);
        close();
        open();

        assertThat(family("queue_worker_pending_messages").samples()).containsExactly(new Sample("", LABELS, 5));
        Sample age = family("sluice_async_oldest_seconds").samples().get(0);
        assertThat(age.labels()).isEqualTo(LABELS);
        assertThat(age.value()).isBetween(0.0, 3600.0);
    }

    @Test
    void tellsEndsByState_andDurationsAsCumulativeHistograms() {
        counters.completed.increment();
        counters.dead.add(2);
        counters.cancelled.add(3);
        counters.expired.add(4);
        counters.waits.add(0.003);
        counters.waits.add(7_200);

        assertThat(family("sluice_async_ended_total").samples())
                .extracting(sample -> sample.labels().get("state") + "=" + (int) sample.value())
                .containsExactly("completed=1", "dead=2", "cancelled=3", "expired=4");
        MetricFamily waits = family("sluice_async_queue_wait_seconds");
        assertThat(waits.type()).isEqualTo(MetricFamily.Type.HISTOGRAM);
        assertThat(waits.samples())
                .contains(
                        new Sample("_bucket", Map.of("le", "0.002"), 0),
                        new Sample("_bucket", Map.of("le", "0.005"), 1),
                        new Sample("_bucket", Map.of("le", "3600.0"), 1),
                        new Sample("_bucket", Map.of("le", "+Inf"), 2),
                        new Sample("_sum", Map.of(), 7_200.003),
                        new Sample("_count", Map.of(), 2));
    }
}
