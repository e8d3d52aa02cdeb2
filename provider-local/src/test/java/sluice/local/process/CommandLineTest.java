package sluice.local.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {
    @Test
    void splitsAtBlanks() {
        assertThat(CommandLine.parse("  wc\t-l   -c "))
                .hasValueSatisfying(words -> assertThat(words).containsExactly("wc", "-l", "-c"));
    }

    @Test
    void keepsWhatIsQuotedTogether() {
        assertThat(CommandLine.parse("sh -c 'echo \"a b\"' \"c 'd'\" e\\ f '' g\"h\"i"))
                .hasValueSatisfying(words ->
                        assertThat(words).containsExactly("sh", "-c", "echo \"a b\"", "c 'd'", "e f", "", "ghi"));
    }

    @Test
    void isNoCommand_whenItIsEmptyOrAQuoteIsOpen() {
        assertThat(CommandLine.parse("")).isEmpty();
        assertThat(CommandLine.parse("  ")).isEmpty();
        assertThat(CommandLine.parse("'' a")).isEmpty();
        assertThat(CommandLine.parse("echo 'a")).isEmpty();
    }

    @Test
    void findsCommands_inThePathOrTheWorkingDirectory(@TempDir Path directory) throws IOException {
        Path own = Files.createFile(directory.resolve("handler"));
        assertThat(CommandLine.isFound("./handler", directory, "/bin")).isFalse(); // may not be run yet
        assertThat(own.toFile().setExecutable(true)).isTrue();

        assertThat(CommandLine.isFound("./handler", directory, "/bin")).isTrue();
        assertThat(CommandLine.isFound("handler", directory, "/bin")).isFalse();
        assertThat(CommandLine.isFound("handler", directory, "/bin:" + directory))
                .isTrue();
        assertThat(CommandLine.isFound(own.toString(), Path.of("/"), "")).isTrue();
        assertThat(CommandLine.isFound("sh", directory, "/nowhere:/bin")).isTrue();
        assertThat(CommandLine.isFound("sh", directory, "/nowhere")).isFalse();
        assertThat(CommandLine.isFound("/bin", directory, "/bin")).isFalse(); // a directory
    }
}
