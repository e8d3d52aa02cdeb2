package sluice.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadDriverTest {
    private static final int MILLIS = 300;

    private Upstream upstream;
    private Thread serving;

    @BeforeEach
    void startUpstream() throws Exception {
        upstream = Upstream.bind(0);
        serving = new Thread(() -> {
            try {
                upstream.serve();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        serving.start();
    }

    @AfterEach
    void stopUpstream() throws InterruptedException {
        upstream.close();
        serving.join();
    }

    @ParameterizedTest
    @EnumSource(
            value = Shape.class,
            names = {"GET64", "POST4K", "GET1M", "UP1M", "WS"})
    void keepsEveryConnectionBusy_inAClosedLoop(Shape shape) throws Exception {
        LoadResult result = LoadDriver.run(plan(shape, upstream.port(), 4, 0));
        assertThat(result.faults()).isZero();
        assertThat(result.calls()).isGreaterThan(4);
        assertThat(result.p50()).isPositive().isLessThanOrEqualTo(result.p99());
        assertThat(result.p99()).isLessThanOrEqualTo(result.p999());
    }

    @ParameterizedTest
    @EnumSource(
            value = Shape.class,
            names = {"GET100M", "UP100M"})
    void countsThePartsOfLongCalls_inAClosedLoop(Shape shape) throws Exception {
        LoadResult result = LoadDriver.run(plan(shape, upstream.port(), 2, 0));
        assertThat(result.faults()).isZero();
        assertThat(result.calls()).isPositive();
    }

    @Test
    void receivesEventsAtTheirPace() throws Exception {
        LoadResult result = LoadDriver.run(plan(Shape.SSE, upstream.port(), 4, 400));
        assertThat(result.faults()).isZero();
        assertThat(result.calls()).isPositive().isLessThan(400);
        assertThat(result.p50()).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            value = Shape.class,
            names = {"GET64", "SSE"})
    void holdsConnectionsThatHaveBeenOfUse(Shape shape) throws Exception {
        try (Held held = Held.open(plan(shape, upstream.port(), 10, 0))) {
            assertThat(held.result().allCalls()).isEqualTo(10);
            assertThat(held.result().faults()).isZero();
        }
    }

    @Test
    void usesThePrefixesInTurn() throws Exception {
        LoadPlan plan = new LoadPlan(Shape.GET64, upstream.port(), List.of("/a", "/b"), 3, MILLIS, 0, List.of());
        assertThat(List.of(plan.prefix(0), plan.prefix(1), plan.prefix(2))).containsExactly("/a", "/b", "/a");
        assertThat(LoadDriver.run(plan).faults()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Shape.class,
            names = {"GET64", "POST4K", "GET1M", "UP1M", "WS"})
    void sendsExactlyWhatIsDue_atAFixedRate(Shape shape) throws Exception {
        LoadResult result = LoadDriver.run(plan(shape, upstream.port(), 8, 100));
        assertThat(result.calls() + result.unsent()).isEqualTo(100 * MILLIS / 1_000);
        assertThat(result.notOk() + result.broken()).isZero();
    }

    @Test
    void chargesTheWaitForAConnection_atAFixedRate() throws Exception {
        try (ScriptedServer slow = ScriptedServer.answering(ScriptedServer.OK_64, 20)) {
            LoadResult result = LoadDriver.run(plan(Shape.GET64, slow.port(), 1, 1_000));
            assertThat(result.unsent()).isPositive();
            assertThat(result.p99()).isGreaterThan(100_000); // far above the 20 ms that each call takes
        }
    }

    @ParameterizedTest
    @EnumSource(Loop.class)
    void countsOtherStatuses(Loop loop) throws Exception {
        try (ScriptedServer refusing = ScriptedServer.answering(ScriptedServer.UNAVAILABLE, 0)) {
            LoadResult result = LoadDriver.run(plan(Shape.GET64, refusing.port(), 2, loop.rate));
            assertThat(result.calls()).isZero();
            assertThat(result.notOk()).isPositive();
            assertThat(result.broken()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Loop.class)
    void countsConnectionsThatAreClosedEarly(Loop loop) throws Exception {
        try (ScriptedServer closing = ScriptedServer.answering("", 0)) {
            LoadResult result = LoadDriver.run(plan(Shape.GET64, closing.port(), 2, loop.rate));
            assertThat(result.calls()).isZero();
            assertThat(result.broken()).isPositive();
        }
    }

    @Test
    void fails_whenNobodyListens() throws Exception {
        int port = upstream.port();
        stopUpstream();
        assertThatThrownBy(() -> LoadDriver.run(plan(Shape.GET64, port, 1, 0))).isInstanceOf(ConnectException.class);
    }

    @Test
    void chargesTheProxyForItsCpuTime() throws Exception {
        long self = ProcessHandle.current().pid();
        LoadResult result =
                LoadDriver.run(new LoadPlan(Shape.GET64, upstream.port(), List.of(""), 4, 1_000, 0, List.of(self)));
        assertThat(result.userMicros() + result.systemMicros()).isPositive();
        assertThat(result.cpuPerCall())
                .isCloseTo((result.userMicros() + result.systemMicros()) / result.calls(), within(0.001));
    }

    private enum Loop {
        CLOSED(0),
        FIXED_RATE(100);

        private final int rate;

        Loop(int rate) {
            this.rate = rate;
        }
    }

    private static LoadPlan plan(Shape shape, int port, int connections, int rate) {
        return new LoadPlan(shape, port, List.of(""), connections, MILLIS, rate, List.of());
    }
}
