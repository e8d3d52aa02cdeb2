package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.core.Endpoint;

class RolloutTest {
    private final Replica a = new Still("a", Endpoint.State.READY);
    private final Replica b = new Still("b", Endpoint.State.READY);
    private final Replica c = new Still("c", Endpoint.State.READY);
    private final Replica starting = new Still("starting", Endpoint.State.STARTING);

    @Test
    void startsWhatIsMissing() {
        assertThat(Rollout.next(3, List.of(a), List.of(), true, false)).isEqualTo(new Rollout(2, List.of()));
        assertThat(Rollout.next(2, List.of(a, b), List.of(), true, true).isNothing())
                .isTrue();
    }

    @Test
    void drainsThoseNotReady_thenTheNewest() {
        assertThat(Rollout.next(2, List.of(a, starting, b), List.of(), true, false)
                        .drain())
                .containsExactly(starting);
        assertThat(Rollout.next(1, List.of(a, b, c), List.of(), true, false).drain())
                .containsExactly(c, b);
        assertThat(Rollout.next(0, List.of(a), List.of(b), true, false).drain()).containsExactly(a, b);
    }

    @Test
    void replacesOneAtATime_andOnlyOnceItsSuccessorIsReady() {
        assertThat(Rollout.next(2, List.of(), List.of(a, b), true, false)).isEqualTo(new Rollout(1, List.of()));
        assertThat(Rollout.next(2, List.of(starting), List.of(a, b), true, false)
                        .isNothing())
                .isTrue();
        assertThat(Rollout.next(2, List.of(c), List.of(a, b), true, false)).isEqualTo(new Rollout(0, List.of(b)));
        assertThat(Rollout.next(2, List.of(c), List.of(a), true, true)).isEqualTo(new Rollout(1, List.of()));
    }

    @Test
    void doesNotWaitForAnOldReplicaThatServesNobody() {
        assertThat(Rollout.next(1, List.of(), List.of(starting), true, false))
                .isEqualTo(new Rollout(1, List.of(starting)));
    }

    @Test
    void letsTheOldGoFirst_whereTwoCannotShareAPort() {
        assertThat(Rollout.next(1, List.of(), List.of(a), false, false)).isEqualTo(new Rollout(0, List.of(a)));
        assertThat(Rollout.next(1, List.of(), List.of(), false, true).isNothing())
                .isTrue();
        assertThat(Rollout.next(1, List.of(), List.of(), false, false)).isEqualTo(new Rollout(1, List.of()));
    }

    /** A replica that only has a state. */
    private record Still(String id, Endpoint.State state) implements Replica {
        @Override
        public @Nullable Endpoint endpoint() {
            return null;
        }

        @Override
        public void start() {}

        @Override
        public void drain(Duration grace) {}

        @Override
        public void stop() {}

        @Override
        public Set<Long> sessions() {
            return Set.of();
        }
    }
}
