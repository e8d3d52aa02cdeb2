package sluice.benchmarks.async;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class HeapProbeTest {
    @Test
    void addsTheGenerations_whereThereAreSome() {
        String serial = """
                123:
                 def new generation   total 19648K, used 1024K [0x00000000e0000000, 0x00000000e1550000)
                  eden space 17472K,   5% used [0x00000000e0000000, 0x00000000e0100000)
                 tenured generation   total 43712K, used 2048K [0x00000000eaaa0000, 0x00000000ed550000)
                   the space 43712K,   4% used [0x00000000eaaa0000, 0x00000000eaca0000)
                 Metaspace       used 40000K, committed 40448K, reserved 1114112K
                """;
        assertThat(HeapProbe.used(serial)).isEqualTo(3_072 * 1_024);
    }

    @Test
    void readsTheWholeHeap_ofACollectorWithoutThem() {
        String regions = " garbage-first heap   total 262144K, used 5120K [0x0000000080000000, 0x0000000100000000)\n";
        assertThat(HeapProbe.used(regions)).isEqualTo(5_120 * 1_024);
    }
}
