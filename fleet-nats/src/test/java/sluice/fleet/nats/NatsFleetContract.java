package sluice.fleet.nats;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;
import sluice.core.fleet.Fleet;
import sluice.core.fleet.FleetContract;
import sluice.core.fleet.FleetMember;
import sluice.core.fleet.Lease;

/** The contract of all fleets, and what only several processes can show, each of them with a connection of its own. */
abstract class NatsFleetContract extends FleetContract {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<NatsFleet> fleets = new ArrayList<>();
    private final List<NatsLink> links = new ArrayList<>();
    private @Nullable NatsServer server;

    abstract NatsServer newServer() throws Exception;

    @Override
    protected Fleet open() throws Exception {
        server = newServer();
        return join("first", 1);
    }

    @AfterEach
    void end() {
        fleets.forEach(NatsFleet::dispose);
        links.forEach(NatsLink::dispose);
        server().close();
    }

    @Test
    void seesMembersComeAndGo() throws Exception {
        Fleet first = fleets.get(0);
        NatsFleet second = join("second", 7);
        assertThat(first.members().filter(all -> all.size() == 2).blockFirst(PATIENCE))
                .containsExactly(first.self(), second.self());
        second.dispose();
        assertThat(first.members().filter(all -> all.size() == 1).blockFirst(PATIENCE))
                .containsExactly(first.self());
    }

    @Test
    void takesOverALease_whenItsOwnerIsSilent_andTheOwnerKnowsByItself() throws Exception {
        Lease held = next(won(fleets.get(0)));
        NatsFleet second = join("second", 1);
        BlockingQueue<Lease> later = won(second);
        links.get(0).dispose(); // as good as killed: renews no more
        Lease taken = next(later);
        assertThat(held.isHeld()).isFalse();
        assertThat(taken.isHeld()).isTrue();
        assertThat(taken.fence()).isGreaterThan(held.fence());
        held.lost().block(PATIENCE);
    }

    @Test
    void takesItsOwnLeasesBackAtOnce_afterARestart() throws Exception {
        Lease held = next(won(fleets.get(0)));
        links.get(0).dispose();
        long before = System.nanoTime();
        Lease again = next(won(join("first", 2)));
        assertThat(again.fence()).isGreaterThan(held.fence());
        assertThat(System.nanoTime() - before).isPositive();
    }

    @Test
    void keepsLeasesAndMaps_overALossOfTheServer() throws Exception {
        Fleet first = fleets.get(0);
        BlockingQueue<Lease> leases = won(first);
        Lease held = next(leases);
        BlockingQueue<String> changes = new LinkedBlockingQueue<>();
        first.map("m").changes().subscribe(change -> changes.add(change.key()));
        first.map("m").put("a", new byte[1]).block(PATIENCE);
        assertThat(next(changes)).isEqualTo("a");

        server().kill();
        server().start();
        first.map("m")
                .put("b", new byte[1])
                .retryWhen(reactor.util.retry.Retry.fixedDelay(40, Duration.ofMillis(250)))
                .block(PATIENCE);
        assertThat(next(changes)).isEqualTo("b");
        assertThat(links.get(0).reconnects()).isPositive();
        if (!held.isHeld()) { // the machine was slow: then it was won anew, never both
            held = next(leases);
        }
        assertThat(held.isHeld()).isTrue();
    }

    NatsServer server() {
        return java.util.Objects.requireNonNull(server);
    }

    private NatsFleet join(String id, long epoch) throws Exception {
        Map<String, String> environment = Map.of("SLUICE_NATS", server().url(), "SLUICE_LEASE", "3s");
        NatsLink link = NatsLink.open(NatsConfig.from(new Settings(environment)), id);
        links.add(link);
        link.sessions().blockFirst(PATIENCE);
        NatsFleet fleet = new NatsFleet(link, new FleetMember(id, epoch, Set.of("worker")));
        fleets.add(fleet);
        return fleet;
    }

    private static BlockingQueue<Lease> won(Fleet fleet) {
        BlockingQueue<Lease> all = new LinkedBlockingQueue<>();
        fleet.contend("partition").subscribe(all::add);
        return all;
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T value = queue.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(value).isNotNull();
        return java.util.Objects.requireNonNull(value);
    }
}
