package sluice.access.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Identity;
import sluice.core.Revocations.Asked;
import sluice.core.Revocations.Entry;
import sluice.core.Revocations.Kind;
import sluice.core.Settings;
import sluice.core.fleet.FleetMap;
import sluice.core.fleet.FleetMember;
import sluice.core.fleet.LocalFleet;

class DenyListTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    private final FleetMap map = new LocalFleet(new FleetMember("one", 1, Set.of())).map("access");
    private final AtomicLong nanos = new AtomicLong();
    private final Pulse pulse = new Pulse(nanos::get);
    private final DenyList list = new DenyList(map, config(Map.of()), pulse);

    private static RevocationConfig config(Map<String, String> settings) {
        return RevocationConfig.from(new Settings(settings));
    }

    private static TokenMarks marks(String id, String subject, long issued) {
        return TokenMarks.of(
                new Identity("function", subject, "https://gw", "", id, "", Instant.ofEpochSecond(issued), null));
    }

    @CanIgnoreReturnValue
    private Entry add(Kind kind, String value, Instant until) {
        return Objects.requireNonNull(
                list.add(new Asked(kind, "https://gw", value, until, ""), NOW, NOW.plusSeconds(60), "admin")
                        .block(Duration.ofSeconds(5)));
    }

    private List<FleetMap.Change> kept() {
        return Objects.requireNonNull(map.changes()
                .take(Duration.ofMillis(50))
                .filter(change -> change.key().startsWith(DenyList.KEY))
                .collectList()
                .block(Duration.ofSeconds(5)));
    }

    @Test
    void growsItsEpoch_withNewsOnly() {
        int before = list.epoch();
        add(Kind.TOKEN, "id-1", NOW);
        int first = list.epoch();
        assertThat(first).isGreaterThan(before);
        add(Kind.TOKEN, "id-1", NOW);
        assertThat(list.epoch()).isEqualTo(first);
        assertThat(list.denies(marks("id-1", "alice", 0))).isTrue();
        assertThat(list.denies(marks("id-2", "alice", 0))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"-1, true", "0, true", "1, false"})
    void deniesASubjectsTokens_upToTheSecond(int issued, boolean isDenied) {
        add(Kind.SUBJECT, "alice", NOW);
        assertThat(list.denies(marks("id-1", "alice", NOW.getEpochSecond() + issued)))
                .isEqualTo(isDenied);
        assertThat(list.denies(marks("id-1", "alicf", NOW.getEpochSecond() + issued)))
                .isFalse();
    }

    @Test
    void keepsTheLaterTime_inWhateverOrderNewsCome() {
        Entry late = add(Kind.SUBJECT, "alice", NOW);
        byte[] stored = Objects.requireNonNull(kept().get(0).value());
        DenyList other = new DenyList(map, config(Map.of()), pulse);
        other.take(late.id(), stored);
        byte[] early = new Denial(Kind.SUBJECT, "https://gw", "alice", 5, "", "", NOW, NOW).stored();
        other.take(late.id(), early);
        assertThat(other.find(late.id())).isEqualTo(late);
        other.take(late.id(), null);
        assertThat(other.entries()).isEmpty();
    }

    @Test
    void forgetsWhatIsAboutNothingAnyMore() {
        add(Kind.TOKEN, "id-1", NOW);
        Instant end = NOW.plusSeconds(60).plus(Duration.ofHours(24)); // the token's, and as long as calls may wait
        list.sweep(end).block(Duration.ofSeconds(5));
        assertThat(kept()).hasSize(1);
        list.sweep(end.plusSeconds(1)).block(Duration.ofSeconds(5));
        assertThat(kept()).isEmpty();
        assertThat(list.entries()).isEmpty();
    }

    @Test
    void leavesOutWhatItCannotRead_andTakesTheRest() {
        list.take("x", "{}".getBytes(StandardCharsets.US_ASCII));
        list.take("y", "{\"expires\":1,\"kind\":\"later\"}".getBytes(StandardCharsets.US_ASCII));
        assertThat(list.entries()).isEmpty();
    }

    @Test
    void judgesNobody_beforeOthersAreHeard_norWhenTheyFallSilent() {
        assertThat(list.mayJudgeControl() && list.mayJudgeCalls()).isTrue(); // alone
        pulse.begin(new SilentMap(), "one");
        assertThat(list.mayJudgeControl() || list.mayJudgeCalls()).isFalse();
        pulse.dispose();
        Pulse heard = new Pulse(nanos::get);
        DenyList shared = new DenyList(map, config(Map.of()), heard);
        var feed = map.changes().filter(heard::takes).subscribe();
        heard.begin(map, "one");
        Flux.interval(Duration.ofMillis(5)).filter(tick -> heard.isReady()).blockFirst(Duration.ofSeconds(5));
        heard.dispose();
        feed.dispose();
        assertThat(shared.mayJudgeControl() && shared.mayJudgeCalls()).isTrue();
        nanos.addAndGet(Duration.ofSeconds(31).toNanos());
        assertThat(shared.mayJudgeControl()).isFalse();
        assertThat(shared.mayJudgeCalls()).isTrue();
        assertThat(shared.silentNanos()).isGreaterThan(Duration.ofSeconds(30).toNanos());
    }

    /** Nothing that is written there arrives. */
    private static final class SilentMap implements FleetMap {
        @Override
        public Mono<Void> put(String key, byte[] value) {
            return Mono.never();
        }

        @Override
        public Mono<Void> remove(String key) {
            return Mono.never();
        }

        @Override
        public Flux<Change> changes() {
            return Flux.never();
        }
    }
}
