package sluice.core.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;

class WatchFeedTest {
    private final WatchFeed feed = new WatchFeed();
    private final List<String> told = new ArrayList<>();

    @Test
    void tellsNothing_beforeAScopeHasBegun() {
        listen();

        assertThat(told).isEmpty();
    }

    @Test
    void tellsWhatIsThere_thenEachChange_withItsVersion() {
        reset("", 10, function("staging", "a", 1, 7));
        listen();
        feed.changed(function("staging", "a", 2, 11));
        feed.removed(new FunctionName("a", "staging"), 12);

        assertThat(told).containsExactly("10 [a@7]", "a@11", "-a@12");
    }

    @Test
    void tellsOneThatCameLater_theStateOfThatMoment() {
        reset("", 10);
        feed.changed(function("staging", "a", 1, 11));
        listen();

        assertThat(told).containsExactly("11 [a@11]");
    }

    @Test
    void tellsProgressOnly_whenNothingVisibleHasChanged() {
        reset("", 10, function("staging", "a", 1, 7));
        listen();
        feed.changed(function("staging", "a", 1, 11));
        feed.removed(new FunctionName("nobody", "staging"), 12);
        feed.progressed("", 12);
        feed.progressed("", 13);

        assertThat(told).containsExactly("10 [a@7]", "11", "12", "13");
    }

    @Test
    void ignoresAChange_thatIsOlderThanWhatIsKnown() {
        reset("", 10, function("staging", "a", 1, 7));
        listen();
        feed.changed(function("staging", "a", 2, 6));

        assertThat(told).containsExactly("10 [a@7]");
    }

    @Test
    void beginsAScopeAnew_andLeavesOthersAlone() {
        reset("one", 10, function("one", "a", 1, 7));
        reset("two", 20, function("two", "b", 1, 8));
        listen();
        reset("one", 30);
        told.clear();
        listen();

        assertThat(told).containsExactly("30 []", "20 [b@8]");
    }

    @Test
    void countsByItself_eachVisibleChange() {
        CountedWatch counted = new CountedWatch(100);
        counted.signals().subscribe(signal -> told.add(text(signal)));
        FunctionStatus status = function("staging", "a", 1, 0).function();
        counted.changed(status, "u", 1);
        counted.changed(status, "u", 1);
        counted.changed(status, "u", 2);
        counted.removed(status.name());
        counted.removed(status.name());

        assertThat(told).containsExactly("100 []", "a@101", "a@102", "-a@103");
    }

    private void listen() {
        feed.signals().subscribe(signal -> told.add(text(signal)));
    }

    private void reset(String scope, long version, WatchedFunction... functions) {
        feed.reset(new WatchSignal.Snapshot(scope, version, List.of(functions)));
    }

    private static String text(WatchSignal signal) {
        if (signal instanceof WatchSignal.Snapshot snapshot) {
            return snapshot.version() + " "
                    + snapshot.functions().stream().map(WatchFeedTest::text).toList();
        } else if (signal instanceof WatchSignal.Changed changed) {
            return text(changed.function());
        } else if (signal instanceof WatchSignal.Removed removed) {
            return "-" + text(removed.last());
        }
        return Long.toString(((WatchSignal.Progressed) signal).version());
    }

    private static String text(WatchedFunction function) {
        return function.name().name() + "@" + function.version();
    }

    private static WatchedFunction function(String namespace, String name, int replicas, long version) {
        FunctionDeployment deployment = new FunctionDeployment(
                new FunctionName(name, namespace),
                "i",
                null,
                Map.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
        return WatchedFunction.of(
                new FunctionStatus(deployment, replicas, replicas, Instant.EPOCH, null), "u-" + name, 1, version);
    }
}
