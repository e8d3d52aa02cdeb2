package sluice.benchmarks.async;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class LedgerTest {
    private static final Ledger.Call GOOD = new Ledger.Call("a", "completed", 1, "delivered");
    private static final Map<String, Set<String>> CALLBACK = Map.of("a", Set.of("w"));

    @Test
    void findsNothing_whenEveryPromiseWasKept() {
        Ledger ledger = ledger(List.of(GOOD), Map.of("a", 1), CALLBACK, 0);
        assertThat(ledger.violations().values()).containsOnly(0L);
        assertThat(ledger.states()).isEqualTo(Map.of("completed", 1L));
        assertThat(ledger.repeated()).isZero();
    }

    @Test
    void allowsAnotherExecution_whenThereWasAnotherAttempt() {
        Ledger ledger = ledger(List.of(new Ledger.Call("a", "completed", 2, "delivered")), Map.of("a", 2), CALLBACK, 0);
        assertThat(ledger.violations().values()).containsOnly(0L);
        assertThat(ledger.repeated()).isOne();
    }

    @Test
    void allowsACancelledCallThatNeverRanAndCallsNobody() {
        Ledger ledger = ledger(List.of(new Ledger.Call("a", "cancelled", 0, "pending")), Map.of(), Map.of(), 0);
        assertThat(ledger.violations().values()).containsOnly(0L);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void namesThePromiseThatWasBroken(String promise, Ledger ledger) {
        assertThat(ledger.violations()).containsEntry(promise, 1L);
    }

    static Stream<Arguments> broken() {
        Map<String, Integer> once = Map.of("a", 1);
        return Stream.of(
                Arguments.of("lost: answered 202, no record", ledger(List.of(), Map.of(), Map.of(), 0)),
                Arguments.of("more than one record of an id", ledger(List.of(GOOD, GOOD), once, CALLBACK, 0)),
                Arguments.of("not ended", ledger(List.of(call("running", 1, "pending")), once, Map.of(), 0)),
                Arguments.of("completed, never executed", ledger(List.of(GOOD), Map.of(), CALLBACK, 0)),
                Arguments.of("more executions than attempts", ledger(List.of(GOOD), Map.of("a", 2), CALLBACK, 0)),
                Arguments.of("executed, no record", ledger(List.of(GOOD), Map.of("a", 1, "b", 1), CALLBACK, 0)),
                Arguments.of("callback not delivered", ledger(List.of(GOOD), once, Map.of(), 0)),
                Arguments.of("callback not delivered", ledger(List.of(call("dead", 1, "failed")), once, CALLBACK, 0)),
                Arguments.of(
                        "callback of a call that has not finished",
                        ledger(List.of(call("cancelled", 1, "pending")), once, CALLBACK, 0)),
                Arguments.of(
                        "callbacks of a call with different webhook-ids",
                        ledger(List.of(GOOD), once, Map.of("a", Set.of("w", "x")), 0)),
                Arguments.of("callback without a valid signature", ledger(List.of(GOOD), once, CALLBACK, 1)));
    }

    private static Ledger.Call call(String state, int attempt, String callback) {
        return new Ledger.Call("a", state, attempt, callback);
    }

    private static Ledger ledger(
            List<Ledger.Call> calls, Map<String, Integer> runs, Map<String, Set<String>> callbacks, long unverified) {
        return new Ledger(Set.of("a"), calls, runs, callbacks, unverified);
    }
}
