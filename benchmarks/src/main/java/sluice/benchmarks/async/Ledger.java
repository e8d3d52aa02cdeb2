package sluice.benchmarks.async;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What was promised and what became of it.
 *
 * @param accepted ids that got a 202
 * @param calls all records of the journal
 * @param executions of the function by call id
 * @param callbacks different {@code webhook-id}s of verified callbacks by call id
 * @param unverified callbacks whose signature was missing or wrong
 */
record Ledger(
        Set<String> accepted,
        List<Call> calls,
        Map<String, Integer> executions,
        Map<String, Set<String>> callbacks,
        long unverified) {
    private static final Set<String> ENDED = Set.of("completed", "dead", "cancelled", "expired");
    private static final Set<String> CALLED_BACK = Set.of("completed", "dead");

    /**
     * One record.
     *
     * @param callback its state, empty when it has none
     */
    record Call(String callId, String state, int attempt, String callback) {}

    /** Promises by their text, each with how many ids break it; nothing is lost when all are 0. */
    Map<String, Long> violations() {
        Map<String, Long> found = new LinkedHashMap<>();
        Map<String, Long> records = calls.stream().collect(Collectors.groupingBy(Call::callId, Collectors.counting()));
        found.put("lost: answered 202, no record", count(accepted, id -> !records.containsKey(id)));
        found.put(
                "more than one record of an id",
                records.values().stream().filter(n -> n > 1).count());
        found.put("not ended", count(calls, call -> !ENDED.contains(call.state())));
        found.put("completed, never executed", count(calls, call -> isIn(call, "completed") && runs(call) == 0));
        found.put("more executions than attempts", count(calls, call -> runs(call) > call.attempt()));
        found.put("executed, no record", count(executions.keySet(), id -> !records.containsKey(id)));
        found.put("callback not delivered", count(calls, call -> isCalledBack(call) && !isDelivered(call)));
        found.put("callback of a call that has not finished", strayCallbacks());
        found.put("callbacks of a call with different webhook-ids", count(callbacks.values(), ids -> ids.size() > 1));
        found.put("callback without a valid signature", unverified);
        return found;
    }

    /** Records by state, for the table. */
    Map<String, Long> states() {
        return calls.stream()
                .collect(Collectors.groupingBy(Call::state, java.util.TreeMap::new, Collectors.counting()));
    }

    /** Executions beyond the first of each call. */
    long repeated() {
        return executions.values().stream().mapToLong(n -> n - 1).sum();
    }

    private long strayCallbacks() {
        Set<String> stray = new TreeSet<>(callbacks.keySet());
        calls.stream().filter(Ledger::isCalledBack).map(Call::callId).forEach(stray::remove);
        return stray.size();
    }

    private boolean isDelivered(Call call) {
        return isIn(call.callback(), "delivered") && callbacks.containsKey(call.callId());
    }

    private int runs(Call call) {
        return executions.getOrDefault(call.callId(), 0);
    }

    private static boolean isCalledBack(Call call) {
        return CALLED_BACK.contains(call.state());
    }

    private static boolean isIn(Call call, String state) {
        return isIn(call.state(), state);
    }

    private static boolean isIn(String state, String wanted) {
        return state.equals(wanted);
    }

    private static <T> long count(java.util.Collection<T> all, java.util.function.Predicate<T> isViolated) {
        return all.stream().filter(isViolated).count();
    }
}
