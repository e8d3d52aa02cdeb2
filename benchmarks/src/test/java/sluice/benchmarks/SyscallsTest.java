package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SyscallsTest {
    @Test
    void readsTheTableOfStrace() {
        String table = """
                % time     seconds  usecs/call     calls    errors syscall
                ------ ----------- ----------- --------- --------- ----------------
                 60.10    0.123456          12     10000           write
                 39.90    0.100000           9      2001         1 read
                  0.00    0.000000           0         3           epoll_wait
                ------ ----------- ----------- --------- --------- ----------------
                100.00    0.223456          10     12004         1 total
                """;
        assertThat(Syscalls.parse(table.lines().toList()))
                .isEqualTo(Map.of("write", 10_000L, "read", 2_001L, "epoll_wait", 3L));
    }

    @Test
    void readsNothing_whenStraceSawNothing() {
        assertThat(Syscalls.parse(java.util.List.of())).isEmpty();
    }
}
