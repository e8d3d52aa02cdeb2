package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoresTest {
    @Test
    void readsRangesAndSingleCpus() {
        assertThat(Cores.parse("0-2,5").allowed()).containsExactly(0, 1, 2, 5);
        assertThat(Cores.parse("3").allowed()).containsExactly(3);
    }

    @Test
    void givesTheProxyTheLastCpuAndTheLoadTheFirst() {
        Cores cores = Cores.parse("1,4-6");
        assertThat(cores.forProxy()).isEqualTo(6);
        assertThat(cores.forLoad()).isEqualTo(1);
    }

    @Test
    void pinsACommand() {
        assertThat(Cores.pinned(3, List.of("nginx", "-v"))).containsExactly("taskset", "-c", "3", "nginx", "-v");
    }

    @Test
    void knowsTheCpusOfThisProcess() throws Exception {
        assertThat(Cores.ofThisProcess().allowed())
                .hasSizeGreaterThanOrEqualTo(Runtime.getRuntime().availableProcessors());
    }
}
