package sluice.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Settings;
import sluice.core.watch.WatchFeed;
import sluice.core.watch.WatchSignal;
import sluice.core.watch.WatchedFunction;

class FunctionHistoryTest {
    private static final Pattern LINE = Pattern.compile(
            "\\{\"type\":\"([A-Z]+)\",\"object\":\\{(?:.*\"name\":\"([a-z]+)\".*)?\"resourceVersion\":\"([0-9]+)\".*\n",
            Pattern.DOTALL);

    private final WatchFeed feed = new WatchFeed();
    private final FunctionHistory history = history(Map.of("SLUICE_WATCH_HISTORY", "4", "SLUICE_WATCH_QUEUE", "8"));
    private final List<Disposable> open = new ArrayList<>();

    @AfterEach
    void stop() {
        open.forEach(Disposable::dispose);
        history.dispose();
    }

    @Test
    void knowsNothing_beforeTheFirstSnapshot() {
        assertThat(history.version("dev")).isNull();
        assertThatThrownBy(() -> history.list(Selection.of("dev")))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE));
    }

    @Test
    void tellsWhatIsThere_inTheOrderOfVersions_andThenWhatHappens() {
        begin("", 100, function("dev", "b", 1, 20), function("dev", "a", 1, 50), function("prod", "c", 1, 60));
        List<String> told = follow(Selection.of("dev"), -1);
        Eventually.assertThat(told::size, 2);
        feed.changed(function("dev", "b", 2, 101));
        feed.changed(function("prod", "c", 2, 102));
        feed.removed(new FunctionName("a", "dev"), 103);

        Eventually.assertThat(told::size, 4);
        assertThat(told).containsExactly("ADDED b 20", "ADDED a 50", "MODIFIED b 101", "DELETED a 103");
    }

    @Test
    void goesOnFromAVersion_withoutGapOrRepetition() {
        begin("", 100);
        feed.changed(function("dev", "a", 1, 101));
        feed.changed(function("dev", "a", 2, 102));

        List<String> told = follow(Selection.of("dev"), 101);
        feed.changed(function("dev", "a", 3, 103));

        assertThat(told).containsExactly("MODIFIED a 102", "MODIFIED a 103");
        assertThat(follow(Selection.of(""), 100)).containsExactly("ADDED a 101", "MODIFIED a 102", "MODIFIED a 103");
    }

    @Test
    void keepsSoManyChangesOfEachNamespace_andSaysWhenOneAsksForMore() {
        begin("", 100);
        feed.changed(function("prod", "p", 1, 101));
        for (int i = 2; i <= 6; i++) {
            feed.changed(function("dev", "a", i, 100 + i));
        }

        assertThat(follow(Selection.of("dev"), 101)).containsExactly("ERROR 410 too old resource version: 101 (102)");
        assertThat(follow(Selection.of("dev"), 102)).hasSize(4);
        assertThat(follow(Selection.of("prod"), 100)).containsExactly("ADDED p 101");
        assertThat(follow(Selection.of(""), 101)).containsExactly("ERROR 410 too old resource version: 101 (102)");
    }

    @Test
    void forgetsTheOldest_whenAllTogetherTakeTooMuch() {
        FunctionHistory small = history(Map.of("SLUICE_WATCH_HISTORY_BYTES", "65536"));
        begin("", 100);
        String large = "x".repeat(10_000);
        feed.changed(function("a", "a", 1, 101, Map.of("l", large)));
        for (int i = 2; i <= 4; i++) {
            feed.changed(function("b", "b", i, 100 + i, Map.of("l", large)));
        }

        assertThat(metric(small, "sluice_watch_history_bytes")).isBetween(20_000.0, 65_536.0);
        assertThat(follow(small, Selection.of("a"), 100))
                .singleElement()
                .asString()
                .startsWith("ERROR 410");
        assertThat(follow(small, Selection.of("b"), 103)).containsExactly("MODIFIED b 104");
        small.dispose();
    }

    @Test
    void endsEveryWatch_whenChangesWereMissed() {
        begin("", 100, function("dev", "a", 1, 50));
        feed.changed(function("dev", "a", 2, 101));
        List<String> told = follow(Selection.of("dev"), 101);
        begin("", 200, function("dev", "a", 5, 150));

        assertThat(told).containsExactly("ERROR 410 too old resource version: changes before 200 were missed", "end");
        assertThat(follow(Selection.of("dev"), 199)).singleElement().asString().startsWith("ERROR 410");
        assertThat(follow(Selection.of("dev"), 200)).isEmpty();
        assertThat(metric(history, "sluice_watches")).isEqualTo(1);
    }

    @Test
    void tellsALeavingFunction_asDeleted_andAComingOne_asAdded() {
        begin("", 100, function("dev", "a", 1, 50, Map.of("team", "blue")));
        Selection blue = new Selection("dev", name -> true, LabelSelector.parse("team=blue"), any -> true);
        List<String> told = follow(blue, 100);
        feed.changed(function("dev", "a", 1, 101, Map.of("team", "red")));
        feed.changed(function("dev", "a", 2, 102, Map.of("team", "red")));
        feed.changed(function("dev", "a", 2, 103, Map.of("team", "blue")));
        feed.changed(function("dev", "a", 3, 104, Map.of("team", "blue")));

        assertThat(told).containsExactly("DELETED a 101", "ADDED a 103", "MODIFIED a 104");
    }

    @Test
    void showsALeavingFunction_asItWasInTheSelection() {
        begin("", 100, function("dev", "a", 1, 50, Map.of("team", "blue")));
        WatchEvent event = WatchEvent.changed(
                function("dev", "a", 1, 50, Map.of("team", "blue")),
                function("dev", "a", 1, 101, Map.of("team", "red")));
        Selection blue = new Selection("dev", name -> true, LabelSelector.parse("team=blue"), any -> true);

        assertThat(new String(event.line(blue, WatchForm.RESOURCE), UTF_8))
                .contains("\"type\":\"DELETED\"", "\"team\":\"blue\"", "\"resourceVersion\":\"101\"");
    }

    @Test
    void endsAWatchThatIsNotRead_atItsBound_andNobodyElse() {
        begin("", 100);
        Watcher slow = new Watcher(Selection.of("dev"), WatchForm.SYSTEM, 8);
        history.open(slow, 100);
        List<String> quick = follow(Selection.of("dev"), 100);
        StepVerifier.create(slow.lines(), 0)
                .expectSubscription()
                .then(() -> {
                    for (int i = 1; i <= 9; i++) {
                        feed.changed(function("dev", "a", i, 100 + i));
                    }
                })
                .expectErrorMatches(e -> e instanceof FailureException f && f.failure() == Failure.OVERLOADED)
                .verify(Duration.ofSeconds(10));

        assertThat(quick).hasSize(9);
        assertThat(slow.reason()).isEqualTo(Watcher.Reason.SLOW);
    }

    @Test
    void putsABookmark_behindWhatWasToldBefore() {
        begin("", 100);
        Watcher watcher = new Watcher(Selection.of("dev"), WatchForm.SYSTEM, 8);
        List<String> told = follow(history, watcher, 100);
        feed.changed(function("dev", "a", 1, 101));
        feed.progressed("", 140);
        history.bookmark(watcher);
        watcher.complete();

        assertThat(told).containsExactly("ADDED a 101", "BOOKMARK null 140", "end");
    }

    @Test
    void followsNamespacesOneByOne_whereTheProviderDoes() {
        begin("one", 100, function("one", "a", 1, 50));
        begin("two", 300);
        List<String> told = follow(Selection.of("one"), 100);
        feed.changed(function("two", "b", 1, 301));
        feed.changed(function("one", "a", 2, 101)); // versions of two namespaces need no order

        assertThat(told).containsExactly("MODIFIED a 101");
        assertThat(history.version("one")).isEqualTo(101);
        assertThat(history.version("two")).isEqualTo(301);
        assertThatThrownBy(() -> history.list(Selection.of("")))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("one, two");
        assertThatThrownBy(() -> history.list(Selection.of("three")))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("three");
    }

    @Test
    void waitsForAVersionThatIsStillToCome() {
        begin("", 100);

        StepVerifier.create(history.await("dev", 101))
                .then(() -> feed.changed(function("dev", "a", 1, 101)))
                .expectNext(101L)
                .expectComplete()
                .verify(Duration.ofSeconds(10));
    }

    private FunctionHistory history(Map<String, String> settings) {
        return new FunctionHistory(feed, WatchConfig.from(new Settings(settings)));
    }

    private void begin(String scope, long version, WatchedFunction... functions) {
        feed.reset(new WatchSignal.Snapshot(scope, version, List.of(functions)));
    }

    private List<String> follow(Selection selection, long since) {
        return follow(history, selection, since);
    }

    private List<String> follow(FunctionHistory of, Selection selection, long since) {
        return follow(of, new Watcher(selection, WatchForm.SYSTEM, 64), since);
    }

    private List<String> follow(FunctionHistory of, Watcher watcher, long since) {
        List<String> told = new CopyOnWriteArrayList<>();
        of.open(watcher, since);
        boolean isTooLate = watcher.reason() == Watcher.Reason.EXPIRED;
        open.add(watcher.lines()
                .doOnComplete(() -> {
                    if (!isTooLate) {
                        told.add("end");
                    }
                })
                .subscribe(line -> told.add(text(new String(line, UTF_8)))));
        return told;
    }

    private static String text(String line) {
        if (line.startsWith("{\"type\":\"ERROR\"")) {
            return "ERROR 410 " + line.replaceFirst(".*\"message\":\"", "").replaceFirst("\".*\n", "");
        }
        Matcher matcher = LINE.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        return matcher.group(1) + " " + matcher.group(2) + " " + matcher.group(3);
    }

    private static double metric(FunctionHistory history, String name) {
        return Eventually.value(history.collect()).stream()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow()
                .samples()
                .get(0)
                .value();
    }

    private static WatchedFunction function(String namespace, String name, int replicas, long version) {
        return function(namespace, name, replicas, version, Map.of());
    }

    private static WatchedFunction function(
            String namespace, String name, int replicas, long version, Map<String, String> labels) {
        var status = SomeFunctions.in(namespace, name, labels);
        return WatchedFunction.of(
                new FunctionStatus(status.deployment(), replicas, replicas, status.createdAt(), null),
                "uid-" + name,
                1,
                version);
    }
}
