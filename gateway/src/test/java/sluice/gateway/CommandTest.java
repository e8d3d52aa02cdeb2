package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandTest {
    @Test
    void readsEveryOption_asTheSettingItSpells() {
        assertThat(Command.parse(
                        "up",
                        "-f",
                        "a.yml",
                        "--port",
                        "9090",
                        "--metrics-port=9091",
                        "--bind",
                        "0.0.0.0",
                        "--data-dir=/var/lib/sluice",
                        "--images",
                        "/srv/images",
                        "-f",
                        "b.yml"))
                .isEqualTo(new Command.Up(
                        List.of(Path.of("a.yml"), Path.of("b.yml")),
                        Map.of(
                                "SLUICE_PORT", "9090",
                                "SLUICE_METRICS_PORT", "9091",
                                "SLUICE_BIND", "0.0.0.0",
                                "SLUICE_DATA_DIR", "/var/lib/sluice",
                                "SLUICE_LOCAL_IMAGES", "/srv/images")));
    }

    @Test
    void needsNoOption() {
        assertThat(Command.parse("up")).isEqualTo(new Command.Up(List.of(), Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--help", "-h", "help", "up --help", "up --port 1 -h"})
    void printsTheHelp(String line) {
        assertThat(Command.parse(line.isEmpty() ? new String[0] : line.split(" ")))
                .isEqualTo(new Command.Help());
    }

    @Test
    void knowsItsOtherCommands() {
        assertThat(Command.parse("--version")).isEqualTo(new Command.Version());
        assertThat(Command.parse("settings")).isEqualTo(new Command.ListSettings(false));
        assertThat(Command.parse("settings", "--markdown")).isEqualTo(new Command.ListSettings(true));
    }

    @ParameterizedTest
    @CsvSource({
        "down, unknown command down",
        "up --prot 1, unknown option --prot",
        "up stack.yml, unknown option stack.yml",
        "up --port, --port needs a value",
        "up -f, -f needs a value",
        "--version now, unknown argument now",
        "settings --html, unknown argument --html",
    })
    void namesTheArgumentThatIsWrong(String line, String problem) {
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> Command.parse(line.split(" ")))
                .withMessageStartingWith(problem);
    }
}
