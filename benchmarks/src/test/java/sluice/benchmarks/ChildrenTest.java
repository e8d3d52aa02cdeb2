package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildrenTest {
    private static final int NOBODY_LISTENS = 1;

    @TempDir
    Path dir;

    @Test
    void endsProcessesAndTheirDescendants() throws Exception {
        Children children = new Children(dir);
        Process shell = children.startTalking("shell", List.of("sh", "-c", "sleep 60 & echo $!; wait"));
        ProcessHandle sleep;
        try (var out = shell.inputReader(StandardCharsets.US_ASCII)) {
            sleep = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
        }
        assertThat(Children.pids(shell)).contains(shell.pid(), sleep.pid());

        children.close();

        assertThat(shell.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(sleep.onExit().get(5, TimeUnit.SECONDS).isAlive()).isFalse();
    }

    @Test
    void tellsTheEndOfTheLog_whenAProcessDiesAtStart() throws Exception {
        try (Children children = new Children(dir)) {
            Process process = children.start("broken", List.of("sh", "-c", "echo no such option; exit 1"));
            assertThatThrownBy(() -> children.awaitPort("broken", process, NOBODY_LISTENS))
                    .isInstanceOf(IOException.class)
                    .hasMessage("broken did not start: no such option");
        }
    }
}
