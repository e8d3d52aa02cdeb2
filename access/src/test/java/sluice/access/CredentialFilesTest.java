package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFilesTest {
    @TempDir
    Path dataDir;

    private Path directory;
    private CredentialFiles files;

    @BeforeEach
    void openFiles() {
        directory = dataDir.resolve("state").resolve("credentials");
        files = new CredentialFiles(directory);
    }

    @Test
    void makesUpAPairThatOnlyTheOwnerCanRead_atTheFirstStart() throws IOException {
        Users made = files.readOrGenerate();

        assertThat(made.first()).isEqualTo("admin");
        assertThat(Files.readString(directory.resolve("basic-auth-password"))).matches("[A-Za-z0-9]{32}");
        assertThat(permissions(directory)).isEqualTo("rwx------");
        assertThat(permissions(directory.resolve("basic-auth-user"))).isEqualTo("rw-------");
        assertThat(permissions(directory.resolve("basic-auth-password"))).isEqualTo("rw-------");
        try (Stream<Path> beside = Files.list(dataDir.resolve("state"))) {
            assertThat(beside).containsExactly(directory);
        }
    }

    @Test
    void keepsThePair_atTheNextStart() throws IOException {
        Users made = files.readOrGenerate();
        assertThat(new CredentialFiles(directory).readOrGenerate()).isEqualTo(made);
    }

    @Test
    void starts_afterACrashBetweenTheWritesOfTheFirstStart() throws IOException {
        Path leftover = Files.createDirectories(dataDir.resolve("state").resolve(".credentials-1"));
        Files.writeString(leftover.resolve("basic-auth-user"), "admin");
        assertThat(files.readOrGenerate().first()).isEqualTo("admin");
    }

    @Test
    void makesUpAPair_inAnEmptyDirectory() throws IOException {
        Files.createDirectories(directory);
        assertThat(files.readOrGenerate().first()).isEqualTo("admin");
    }

    @Test
    void makesUpADifferentPassword_eachTime() throws IOException {
        Users here = files.readOrGenerate();
        Users there = new CredentialFiles(dataDir.resolve("other")).readOrGenerate();
        assertThat(here).isNotEqualTo(there);
    }

    @Test
    void ignoresWhiteSpaceAroundTheText() throws IOException {
        write(" ada \n", "\tsecret\r\n");
        assertThat(files.read()).isEqualTo(new Users(List.of(Credentials.of("ada", "secret"))));
    }

    @Test
    void namesTheMissingFileAndTheRemedy() throws IOException {
        write("ada", "secret");
        for (String missing : List.of("basic-auth-user", "basic-auth-password")) {
            byte[] kept = Files.readAllBytes(directory.resolve(missing));
            Files.delete(directory.resolve(missing));
            assertThatThrownBy(files::readOrGenerate)
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("missing " + directory.resolve(missing))
                    .hasMessageContaining("basic_auth=false");
            Files.write(directory.resolve(missing), kept);
        }
    }

    @Test
    void refusesCredentialsThatNoClientCanSend() throws IOException {
        write("a:b", "secret");
        assertThatThrownBy(files::read).hasMessageContaining("colon").hasMessageContaining(directory.toString());
        write("ada", "  ");
        assertThatThrownBy(files::read).hasMessageContaining("empty");
        write("ada", "x".repeat(1_021));
        assertThatThrownBy(files::read).hasMessageContaining("1023 bytes");
        write("ada", "x".repeat(5_000));
        assertThatThrownBy(files::read).hasMessageContaining("larger than");
    }

    @Test
    void saysWhatToDo_whenThePairCannotBeWritten() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("other"), "x");
        assertThatThrownBy(files::readOrGenerate)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("empty the directory");
        assertThat(dataDir.resolve("state")).isDirectoryNotContaining("glob:**/.credentials-*");
    }

    @Test
    void readsFurtherUsers_aLineEach() throws IOException {
        write("ada", "secret");
        Files.writeString(directory.resolve("basic-auth-users"), "# of the night shift\n\nbob: pass:word \ncy:x\r\n");
        Users users = files.read();
        assertThat(users.first()).isEqualTo("ada");
        assertThat(users.find("bob: pass:word".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("bob");
        assertThat(users.find("cy:x".getBytes(StandardCharsets.UTF_8))).isEqualTo("cy");
        for (String wrong : List.of("bob:secret", "ada:x", "cy:", "cy", ":x", "dee:x", "")) {
            assertThat(users.find(wrong.getBytes(StandardCharsets.UTF_8)))
                    .as(wrong)
                    .isNull();
        }
    }

    @Test
    void refusesFurtherUsersThatCannotBeRead_namingTheLineAndNoPassword() throws IOException {
        write("ada", "secret");
        for (String content : List.of("bob:x\nopen sesame", "bob:x\nbob:sesame", "ada:sesame", ":sesame")) {
            Files.writeString(directory.resolve("basic-auth-users"), content);
            assertThatThrownBy(files::read).isInstanceOf(IOException.class).hasMessageNotContaining("sesame");
        }
        Files.writeString(directory.resolve("basic-auth-users"), "bob:x\nopen sesame");
        assertThatThrownBy(files::read).hasMessageContaining("basic-auth-users, line 2: must be user:password");
        Files.writeString(
                directory.resolve("basic-auth-users"),
                java.util.stream.IntStream.range(0, 100)
                        .mapToObj(i -> "user" + i + ":x\n")
                        .collect(java.util.stream.Collectors.joining()));
        assertThatThrownBy(files::read).hasMessageContaining("more than 100 users");
    }

    @Test
    void neverShowsThePassword() throws IOException {
        write("ada", "open sesame");
        assertThat(files.read()).hasToString("Users[Credentials[ada, REDACTED]]");
    }

    private void write(String user, String password) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("basic-auth-user"), user, StandardCharsets.UTF_8);
        Files.writeString(directory.resolve("basic-auth-password"), password, StandardCharsets.UTF_8);
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
