package sluice.kube;

import static sluice.kube.StubbedProvider.PATIENCE;
import static sluice.kube.StubbedProvider.name;
import static sluice.kube.StubbedProvider.pod;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import sluice.core.LogLine;
import sluice.core.LogQuery;

class PodLogsTest {
    private static final String TIME = "2026-02-03T04:05:06.123456789Z";

    @TempDir
    Path directory;

    private StubbedProvider bench;

    @BeforeEach
    void open() throws IOException {
        bench = StubbedProvider.open(directory, Map.of("SLUICE_KUBE_LOG_STREAMS", "1"));
        bench.run(bench.provider.deploy(Functions.named("echo").build()));
        bench.api.writeLog(Functions.NAMESPACE, "echo-a", TIME + " one\n" + TIME + " two");
        bench.admin.resource(pod("echo", "echo-a")).create();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void readsEveryPod_andEnds_alsoWithoutANewLineAtTheEnd() {
        bench.admin.resource(pod("echo", "echo-waiting")).create(); // has no log yet

        StepVerifier.create(logs(null, false))
                .expectNext(line("echo-a", "one"), line("echo-a", "two"))
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    void readsOneInstance_whenItIsNamed() {
        bench.api.writeLog(Functions.NAMESPACE, "echo-b", TIME + " three\n");
        bench.admin.resource(pod("echo", "echo-b")).create();

        StepVerifier.create(logs("echo-b", false))
                .expectNext(line("echo-b", "three"))
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    void followsPodsThatComeLater_inTheRoomThatOthersLeft() {
        StepVerifier.create(logs(null, true))
                .expectNext(line("echo-a", "one"))
                .then(() -> bench.api.endLog(Functions.NAMESPACE, "echo-a"))
                .expectNext(line("echo-a", "two"))
                .then(() -> {
                    bench.api.writeLog(Functions.NAMESPACE, "echo-b", TIME + " three\n");
                    bench.admin.resource(pod("echo", "echo-b")).create();
                })
                .expectNext(line("echo-b", "three"))
                .thenCancel()
                .verify(PATIENCE);
    }

    private Flux<LogLine> logs(@org.jspecify.annotations.Nullable String instance, boolean follow) {
        return bench.provider.logs(new LogQuery(name("echo"), instance, 0, null, follow));
    }

    private static LogLine line(String pod, String text) {
        return new LogLine("echo", Functions.NAMESPACE, pod, Instant.parse(TIME), text);
    }
}
