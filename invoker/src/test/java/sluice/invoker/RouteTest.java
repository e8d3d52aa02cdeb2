package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.core.Endpoint;

final class RouteTest {
    private final Route route = Routes.route("f");

    @Test
    void givesNoMoreSlotsThanTheLimit_andOneBackForEachRelease() {
        List<Replica> gone = route.update(Routes.change("f", 2, 3));
        assertThat(gone).isEmpty();
        List<Replica> taken = new ArrayList<>();
        for (Replica replica = acquire(); replica != null; replica = acquire()) {
            taken.add(replica);
        }
        assertThat(taken).hasSize(6);
        route.release(taken.get(0));
        assertThat(acquire()).isSameAs(taken.get(0));
        assertThat(acquire()).isNull();
    }

    @Test
    void keepsSlotsOfAReplica_overAnUpdateOfTheFunction() {
        update(1, 2);
        assertThat(acquire()).isNotNull();
        update(1, 2);
        assertThat(acquire()).isNotNull();
        assertThat(acquire()).isNull();
    }

    @Test
    void spreadsCalls_overTheLessBusyOfTwo() {
        update(4, 0);
        Map<String, Integer> taken = new HashMap<>();
        for (int i = 0; i < 4_000; i++) {
            Replica replica = acquire();
            taken.merge(String.valueOf(replica), 1, Integer::sum);
        }
        assertThat(taken).hasSize(4);
        assertThat(taken.values()).allSatisfy(count -> assertThat(count).isBetween(950, 1_050));
    }

    @Test
    void leavesADrainingReplicaAlone() {
        List<Endpoint> endpoints = List.of(
                new Endpoint("a", "127.0.0.1", 1, Endpoint.State.READY),
                new Endpoint("b", "127.0.0.1", 2, Endpoint.State.READY));
        assertThat(route.update(Routes.change("f", 0, 2, endpoints))).isEmpty();
        List<Replica> gone = route.update(Routes.change(
                "f", 0, 1, List.of(endpoints.get(0), new Endpoint("b", "127.0.0.1", 2, Endpoint.State.DRAINING))));
        assertThat(gone).extracting(replica -> replica.id).containsExactly("b");
        assertThat(gone.get(0).isRetired()).isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(acquire()).hasToString("a");
        }
    }

    @Test
    void takesAFailingReplicaOut_butNeverMoreThanHalf() {
        update(2, 0);
        Set<Replica> both = new HashSet<>();
        while (both.size() < 2) {
            both.add(Objects.requireNonNull(acquire()));
        }
        for (Replica replica : both) {
            for (int i = 0; i < 5; i++) {
                route.upstreamFailed(replica, System.nanoTime());
            }
        }
        assertThat(both.stream().filter(Replica::isEjected)).hasSize(1);
        Replica out = both.stream().filter(Replica::isEjected).findFirst().orElseThrow();
        for (int i = 0; i < 200; i++) {
            assertThat(acquire()).isNotSameAs(out);
        }
    }

    @Test
    void letsOneCallTryAnEjectedReplica_onceItsTimeIsOver() {
        update(2, 0);
        Replica first = Objects.requireNonNull(acquire());
        for (int i = 0; i < 3; i++) {
            route.upstreamFailed(first, System.nanoTime() - 10_000_000_000L);
        }
        assertThat(first.isEjected()).isTrue();
        assertThat(acquire()).isSameAs(first);
        assertThat(first.isEjected()).isFalse();
        route.upstreamFailed(first, System.nanoTime());
        assertThat(first.isEjected()).as("one more failure puts it out at once").isTrue();
    }

    @Test
    void losesNoSlotAndExceedsNoLimit_whenManyLoopsAcquireAndRelease() throws Exception {
        update(3, 2);
        AtomicInteger inUse = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 50_000; i++) {
                    Replica replica = acquire();
                    if (replica != null) {
                        most.accumulateAndGet(inUse.incrementAndGet(), Math::max);
                        inUse.decrementAndGet();
                        route.release(replica);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(most.get()).isLessThanOrEqualTo(6);
        int free = 0;
        while (acquire() != null) {
            free++;
        }
        assertThat(free).isEqualTo(6);
    }

    private @Nullable Replica acquire() {
        return route.tryAcquire(ThreadLocalRandom.current().nextInt(), List.of());
    }

    private void update(int ready, int slots) {
        assertThat(route.update(Routes.change("f", ready, slots))).isEmpty();
    }
}
