package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.benchmarks.load.Shape;

class OptionsTest {
    @Test
    void hasDefaults() {
        Options options = Options.parse();
        assertThat(options.rounds()).isEqualTo(5);
        assertThat(options.seconds()).isEqualTo(3);
        assertThat(options.connections()).isEqualTo(64);
        assertThat(options.shapes()).containsExactly(Shape.GET64, Shape.POST4K, Shape.GET1M);
        assertThat(options.peers()).containsExactly("sluice", "nginx", "haproxy", "reactor");
        assertThat(options.out().getParent()).isEqualTo(Path.of("benchmarks", "results"));
    }

    @Test
    void readsEveryOption() {
        Options options = Options.parse(
                "--rounds",
                "7",
                "--seconds",
                "2",
                "--connections",
                "1000",
                "--shapes",
                "get1m,get64",
                "--peers",
                "nginx",
                "--out",
                "here");
        assertThat(options)
                .isEqualTo(new Options(
                        7,
                        2,
                        15,
                        1_000,
                        java.util.List.of(Shape.GET1M, Shape.GET64),
                        java.util.List.of("nginx"),
                        Path.of("here")));
    }

    @Test
    void isShorter_whenQuick() {
        Options options = Options.parse("--quick", "--connections", "8");
        assertThat(options.rounds()).isEqualTo(2);
        assertThat(options.seconds()).isEqualTo(1);
        assertThat(options.warmUpSeconds()).isEqualTo(7);
        assertThat(options.connections()).isEqualTo(8);
    }

    @Test
    void letsAnExplicitFigureWinOverQuick_inEitherOrder() {
        assertThat(Options.parse("--rounds", "9", "--quick").rounds()).isEqualTo(9);
        assertThat(Options.parse("--quick", "--rounds", "9").rounds()).isEqualTo(9);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    --rounds 0, --rounds: (0) must be a whole number from 1 to 1000
                    --seconds x, --seconds: (x) must be a whole number from 1 to 60
                    --connections, --connections needs a value
                    --shapes get2g, --shapes: (get2g) is no shape
                    --peers apache, '--peers: (apache) is not one of [sluice, nginx, haproxy, reactor]'
                    --fast, --fast: unknown option; --help lists all
                    """)
    void refusesWhatItCannotRead(String line, String message) {
        assertThatThrownBy(() -> Options.parse(line.split(" ", -1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
