package sluice.benchmarks.async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LedgerPlanTest {
    @Test
    void hasDefaults() {
        LedgerPlan plan = LedgerPlan.parse(List.of("--seed", "3"));
        assertThat(plan).isEqualTo(new LedgerPlan(100_000, 20, false, 1, 32, 3, Duration.ofMinutes(30)));
        assertThat(LedgerPlan.parse(List.of()).seed()).isPositive();
    }

    @Test
    void killsAtTheSameMoments_whenTheSeedIsTheSame() {
        List<LedgerPlan.Kill> moments = LedgerPlan.parse(List.of("--seed", "3")).moments();
        assertThat(moments)
                .hasSize(20)
                .isEqualTo(LedgerPlan.parse(List.of("--seed", "3")).moments());
        assertThat(moments).extracting(LedgerPlan.Kill::accepted).isSorted().allMatch(count -> count < 100_000);
        assertThat(moments)
                .extracting(LedgerPlan.Kill::victim)
                .contains(LedgerPlan.Victim.GATEWAY)
                .doesNotContain(LedgerPlan.Victim.BROKER);
        assertThat(LedgerPlan.parse(List.of("--seed", "4")).moments()).isNotEqualTo(moments);
    }

    @Test
    void killsTheBrokerHalfAsOften() {
        assertThat(LedgerPlan.parse(List.of("--nats", "--kills", "6")).moments())
                .hasSize(9)
                .filteredOn(kill -> kill.victim() == LedgerPlan.Victim.BROKER)
                .hasSize(3);
    }

    @Test
    void killsTheLeaderOfSeveralAsOftenAsTheGateway() {
        assertThat(LedgerPlan.parse(List.of("--nats", "--nodes", "3", "--kills", "6"))
                        .moments())
                .filteredOn(kill -> kill.victim() == LedgerPlan.Victim.BROKER)
                .hasSize(6);
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> LedgerPlan.parse(List.of("--kills", "0")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--kills");
        assertThatThrownBy(() -> LedgerPlan.parse(List.of("--nodes", "3"))).hasMessageContaining("--nats");
        assertThatThrownBy(() -> LedgerPlan.parse(List.of("--twice"))).hasMessageContaining("--twice");
    }
}
