package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    @Test
    void tellsItsVersion() {
        assertThat(run(Map.of(), "--version")).isZero();
        assertThat(out.toString(UTF_8)).matches("sluice \\S+ \\(\\S+\\)\\n");
    }

    @Test
    void listsOptionsAndSettings_inTheHelp() {
        assertThat(run(Map.of("upstream_timeout", "nonsense"), "--help")).isZero();
        assertThat(out.toString(UTF_8)).contains("--metrics-port PORT", "upstream_timeout (duration; 1m)");
        assertThat(err.toString(UTF_8)).isEmpty();
    }

    @Test
    void keepsTheSettingsPageUpToDate() throws IOException {
        assertThat(run(Map.of(), "settings", "--markdown")).isZero();
        assertThat(Path.of("..", "docs", "settings.md"))
                .as("./sluice settings --markdown > docs/settings.md")
                .hasContent(out.toString(UTF_8));
    }

    @Test
    void spellsOptionsAsSettingsThatExist() {
        assertThat(run(Map.of(), "settings")).isZero();
        for (UpOption option : UpOption.values()) {
            assertThat(out.toString(UTF_8)).contains(option.setting());
        }
    }

    @Test
    void namesEveryProblemWithTheSettings() {
        Map<String, String> environment = Map.of("upstream_timeout", "soon", "SLUICE_PORTS", "1");

        assertThat(run(environment, "up", "--port", "70000")).isOne();
        assertThat(err.toString(UTF_8).lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("sluice: "))
                .anyMatch(line -> line.contains("upstream_timeout: (soon) is no duration"))
                .anyMatch(line -> line.contains("SLUICE_PORT: (70000) is no integer, 0 to 65535"))
                .anyMatch(line -> line.contains("SLUICE_PORTS: unknown setting"));
    }

    @Test
    void listensOnNumbersOnly() {
        refuses("SLUICE_BIND: (localhost) is no IP address", Map.of(), "--bind", "localhost");
    }

    @Test
    void doesNotLeaveTheControlPlaneOpenToTheNetwork() {
        refuses("basic_auth=false would let anyone", Map.of("basic_auth", "false"), "--bind", "0.0.0.0");
    }

    @Test
    void needsBothFilesOfACertificate() {
        refuses("SLUICE_TLS_CERT and SLUICE_TLS_KEY", Map.of("SLUICE_TLS_CERT", "/nowhere.pem"));
    }

    @Test
    void refusesAStackThatDoesNotExist() {
        refuses("/nowhere.yml: no such file", Map.of(), "-f", "/nowhere.yml");
    }

    @Test
    void refusesAFunctionThatTwoStacksHave() throws IOException {
        Path one = Files.writeString(directory.resolve("one.yml"), "functions: {wc: {image: wc}}");
        Path two = Files.writeString(directory.resolve("two.yml"), "functions: {wc: {image: wc}}");

        refuses(two + ": functions.wc: another stack has", Map.of(), "-f", one.toString(), "-f", two.toString());
    }

    /** Refused before anything is started, with one line. */
    private void refuses(String problem, Map<String, String> environment, String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "up";
        System.arraycopy(options, 0, arguments, 1, options.length);

        assertThat(run(environment, arguments)).isOne();
        assertThat(err.toString(UTF_8).lines()).singleElement().asString().contains(problem);
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    private int run(Map<String, String> environment, String... arguments) {
        return new Main(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), environment)
                .run(arguments);
    }
}
