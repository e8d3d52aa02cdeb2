package sluice.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class CpuTimeTest {
    @Test
    void growsWithWork() throws Exception {
        List<Long> self = List.of(ProcessHandle.current().pid());
        CpuTime before = CpuTime.of(self);
        CpuTime used = CpuTime.of(self).minus(before);
        while (used.userMicros() + used.systemMicros() < 20_000) { // spins: this loop is the work
            used = CpuTime.of(self).minus(before);
        }
        assertThat(used.userMicros()).isNotNegative();
        assertThat(used.systemMicros()).isNotNegative();
    }

    @Test
    void addsUpProcesses() throws Exception {
        long self = ProcessHandle.current().pid();
        CpuTime once = CpuTime.of(List.of(self));
        CpuTime twice = CpuTime.of(List.of(self, self));
        assertThat(twice.userMicros()).isGreaterThanOrEqualTo(2 * once.userMicros());
    }

    @Test
    void fails_whenTheProcessIsGone() {
        assertThatThrownBy(() -> CpuTime.of(List.of(Long.MAX_VALUE))).isInstanceOf(IOException.class);
    }
}
