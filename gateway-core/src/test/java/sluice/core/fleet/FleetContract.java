package sluice.core.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What every {@link Fleet} must do. */
public abstract class FleetContract {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Disposable.Composite subscriptions = Disposables.composite();
    private Fleet fleet = new LocalFleet(new FleetMember("none", 1, java.util.Set.of()));

    /** A fleet of one member that is up. Called once per test. */
    protected abstract Fleet open() throws Exception;

    @BeforeEach
    @Timeout(300) // a server may have to be fetched
    void start() throws Exception {
        fleet = open();
    }

    @AfterEach
    void leave() {
        subscriptions.dispose();
    }

    @Test
    void countsItselfAmongTheMembers() {
        assertThat(fleet.members().filter(all -> all.contains(fleet.self())).blockFirst(PATIENCE))
                .containsExactly(fleet.self());
    }

    @Test
    void hearsItsOwnBroadcasts_ofThatTopicOnly() throws Exception {
        BlockingQueue<String> heard = collect(fleet.broadcasts("one").map(m -> new String(m, UTF_8)));
        fleet.broadcast("other", bytes("no")).block(PATIENCE);
        repeatUntilHeard(heard, "yes");
        assertThat(heard).doesNotContain("no");
    }

    @Test
    void refusesLargeMessagesAndWrongNames() {
        byte[] large = new byte[Fleet.MAX_MESSAGE_BYTES + 1];
        assertThatThrownBy(() -> fleet.broadcast("topic", large).block(PATIENCE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.map("map").put("key", large).block(PATIENCE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.map("a.b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.contend("a b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.map("map").put("a*", bytes("x")).block(PATIENCE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void answersQuestions_untilThePatienceIsOver() {
        subscriptions.add(fleet.answer("sum", question -> Mono.just(bytes(new String(question, UTF_8) + "!"))));
        subscriptions.add(fleet.answer("sum", question -> Mono.error(new IllegalStateException("no answer"))));
        assertThat(fleet.ask("sum", bytes("1"), PATIENCE)
                        .map(a -> new String(a, UTF_8))
                        .blockFirst(PATIENCE))
                .isEqualTo("1!");
        assertThat(fleet.ask("nobody", bytes("1"), Duration.ofMillis(50))
                        .collectList()
                        .block(PATIENCE))
                .isEmpty();
    }

    @Test
    void givesALeaseToOneContender_andToTheNextWithAGreaterFence() throws Exception {
        BlockingQueue<Lease> first = new LinkedBlockingQueue<>();
        Disposable holding = fleet.contend("p-1").subscribe(first::add);
        subscriptions.add(holding);
        Lease held = next(first);
        assertThat(held.isHeld()).isTrue();

        BlockingQueue<Lease> second = collect(fleet.contend("p-1"));
        assertThat(next(collect(fleet.contend("p-2"))).isHeld()).isTrue(); // another name is free
        assertThat(second).isEmpty();

        holding.dispose();
        held.lost().block(PATIENCE);
        assertThat(held.isHeld()).isFalse();
        Lease later = next(second);
        assertThat(later.isHeld()).isTrue();
        assertThat(later.fence()).isGreaterThan(held.fence());
    }

    @Test
    void tellsWhatAMapHolds_andThenEveryChange() throws Exception {
        FleetMap map = fleet.map("pauses");
        map.put("queue.a", bytes("1")).block(PATIENCE);
        map.put("queue.a", bytes("2")).block(PATIENCE);
        map.put("queue.b", bytes("3")).block(PATIENCE);

        BlockingQueue<FleetMap.Change> changes = collect(map.changes());
        assertThat(List.of(text(next(changes)), text(next(changes))))
                .containsExactlyInAnyOrder("queue.a=2", "queue.b=3");
        map.remove("queue.a").block(PATIENCE);
        map.put("queue.c", bytes("")).block(PATIENCE);
        assertThat(text(next(changes))).isEqualTo("queue.a gone");
        assertThat(text(next(changes))).isEqualTo("queue.c=");

        BlockingQueue<FleetMap.Change> later = collect(map.changes());
        assertThat(List.of(text(next(later)), text(next(later)))).containsExactlyInAnyOrder("queue.b=3", "queue.c=");
    }

    private <T> BlockingQueue<T> collect(Flux<T> flux) {
        BlockingQueue<T> all = new LinkedBlockingQueue<>();
        subscriptions.add(flux.subscribe(all::add));
        return all;
    }

    /** A subscription may take a moment to reach the medium, and broadcasts do not wait for it. */
    private void repeatUntilHeard(BlockingQueue<String> heard, String message) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        @Nullable String one = null;
        while (one == null && System.nanoTime() < end) {
            fleet.broadcast("one", bytes(message)).block(PATIENCE);
            one = heard.poll(100, TimeUnit.MILLISECONDS);
        }
        assertThat(one).isEqualTo(message);
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T value = queue.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(value).isNotNull();
        return java.util.Objects.requireNonNull(value);
    }

    private static String text(FleetMap.Change change) {
        byte[] value = change.value();
        return change.key() + (value == null ? " gone" : "=" + new String(value, UTF_8));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
