package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peers;

class OptionsTest {
    @Test
    void hasDefaults() {
        Options options = Options.parse();
        assertThat(options.mode()).isEqualTo(Mode.MATRIX);
        assertThat(options.rounds()).isEqualTo(5);
        assertThat(options.seconds()).isEqualTo(3);
        assertThat(options.limit()).isEqualTo(Duration.ofHours(1));
        assertThat(options.connections()).containsExactly(64);
        assertThat(options.shapes()).containsExactly(Shape.GET64, Shape.POST4K, Shape.GET1M);
        assertThat(options.peers()).containsExactly("sluice", "nginx", "haproxy", "reactor");
        assertThat(options.settings()).isEmpty();
        assertThat(options.jdk()).isEqualTo(Path.of(System.getProperty("java.home")));
        assertThat(options.out().getParent()).isEqualTo(Path.of("benchmarks", "results"));
    }

    @Test
    void readsEveryOption() {
        Options options = Options.parse(("--pairs 7 --seconds 2 --minutes 4 --connections 1,1000 --shapes get1m,ws"
                        + " --peers sluice,floor --rate 10 --set A=1 --set B=2=3 --jdk jdk --out here")
                .split(" ", -1));
        assertThat(options)
                .isEqualTo(new Options(
                        Mode.PAIRS,
                        7,
                        2,
                        15,
                        0,
                        10,
                        Duration.ofMinutes(4),
                        List.of(1, 1_000),
                        List.of(Shape.GET1M, Shape.WS),
                        List.of("sluice", "floor"),
                        Map.of("A", "1", "B", "2=3"),
                        Path.of("jdk"),
                        List.of(),
                        Path.of("here")));
    }

    @Test
    void isShorter_whenQuick() {
        Options options = Options.parse("--quick", "--connections", "8");
        assertThat(options.rounds()).isEqualTo(2);
        assertThat(options.seconds()).isEqualTo(1);
        assertThat(options.warmUpSeconds()).isEqualTo(7);
        assertThat(options.connections()).containsExactly(8);
    }

    @Test
    void letsAnExplicitFigureWinOverQuick_inEitherOrder() {
        assertThat(Options.parse("--rounds", "9", "--quick").rounds()).isEqualTo(9);
        assertThat(Options.parse("--quick", "--rounds", "9").rounds()).isEqualTo(9);
    }

    @Test
    void takesAll_whenSo() {
        Options options = Options.parse("--peers", "all", "--shapes", "all");
        assertThat(options.peers()).isEqualTo(Peers.ALL);
        assertThat(options.shapes()).hasSize(8).doesNotContain(Shape.GET1G);
    }

    @ParameterizedTest
    @CsvSource({"--fairness,FAIRNESS,5", "--routes 100000,ROUTES,30", "--pairs 12,PAIRS,12", "--merge a b,MERGE,5"})
    void hasModes(String line, Mode mode, int rounds) {
        Options options = Options.parse(line.split(" ", -1));
        assertThat(options.mode()).isEqualTo(mode);
        assertThat(options.rounds()).isEqualTo(rounds);
    }

    @Test
    void readsWhatTheModesNeed() {
        assertThat(Options.parse("--routes", "100000").functions()).isEqualTo(100_000);
        assertThat(Options.parse("--merge", "a", "b").pieces()).containsExactly(Path.of("a"), Path.of("b"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --rounds 0          | --rounds: (0) must be a whole number from 1 to 1000
                    --seconds x         | --seconds: (x) must be a whole number from 1 to 60
                    --connections       | --connections needs a value
                    --connections 1,x   | --connections: (x) must be a whole number from 1 to 20000
                    --shapes get2g      | --shapes: (get2g) is no shape
                    --shapes get1g      | --shapes: (get1g) is no shape
                    --fast              | --fast: unknown option; --help lists all
                    fast                | fast: unknown option; --help lists all
                    --quick 3           | --quick takes no value: (3)
                    --rounds 3 4        | --rounds takes one value: [3, 4]
                    --set A             | --set: (A) must be NAME=VALUE
                    --memory --start    | --memory and --start are separate runs; merge their reports
                    """)
    void refusesWhatItCannotRead(String line, String message) {
        assertThatThrownBy(() -> Options.parse(line.split(" ", -1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void namesThePeersThereAre() {
        assertThatThrownBy(() -> Options.parse("--peers", "apache"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--peers: (apache) is not one of " + Peers.ALL);
    }
}
