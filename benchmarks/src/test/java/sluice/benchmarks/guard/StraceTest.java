package sluice.benchmarks.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class StraceTest {
    @Test
    void countsCallsOfTheTable() {
        Strace.Counts counts = Strace.parse(List.of(
                "% time     seconds  usecs/call     calls    errors syscall",
                "------ ----------- ----------- --------- --------- ----------------",
                " 60.00    0.100000          10     10000        12 epoll_wait",
                " 30.00    0.050000           5     10002         2 recvfrom",
                " 10.00    0.020000           2     10001           sendto",
                "------ ----------- ----------- --------- --------- ----------------",
                "100.00    0.170000          17     30003        14 total"));

        assertThat(counts.onSockets()).isEqualTo(20_003);
        assertThat(counts.others()).isEqualTo(10_000);
        assertThat(counts.all()).containsEntry("epoll_wait", 10_000L).hasSize(3);
    }
}
