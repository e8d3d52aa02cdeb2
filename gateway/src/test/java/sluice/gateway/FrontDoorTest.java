package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code sluice}, in a house of cards: a java that tells its arguments and a mvn that tells its modules. */
final class FrontDoorTest {
    private static final String JAVA = """
            #!/bin/sh
            [ "$1" != -version ] || { echo 'openjdk version "17.0.9" 2023-10-17' >&2; exit 0; }
            for option; do
                case $option in -XX:ArchiveClassesAtExit=* | -XX:AOTCacheOutput=*) echo it >"${option#*=}" ;; esac
            done
            case $* in *Rehearsal*) mkdir "$option" ;; esac
            echo "ran: $*"
            """;
    private static final String MAVEN = """
            #!/bin/sh
            echo built >>"$(dirname "$0")/builds"
            mkdir -p "${3%/pom.xml}/gateway/target/lib"
            echo "[INFO] Building Sluice: core and HTTP 0.1.0-SNAPSHOT                  [2/6]"
            """;

    @TempDir
    private Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private Path house;
    private Path tools;

    @BeforeEach
    void buildTheHouse() throws IOException {
        house = directory.resolve("house");
        tools = Files.createDirectories(directory.resolve("tools"));
        Files.createDirectories(house.resolve("gateway/src/main/java"));
        Files.writeString(house.resolve("pom.xml"), "<project/>");
        Files.writeString(house.resolve("gateway/pom.xml"), "<project/>");
        Files.copy(Path.of("..", "sluice"), house.resolve("sluice"), StandardCopyOption.COPY_ATTRIBUTES);
        tool("java", JAVA);
        tool("mvn", MAVEN);
        environment.put("PATH", tools + ":/usr/bin:/bin");
    }

    @Test
    void buildsOnFirstUse_andTellsHowFarItIs() throws Exception {
        Ended first = run(house.resolve("sluice"), "--version");

        assertThat(first.code).isZero();
        assertThat(first.err).contains("Building Sluice", "[2/6] core and HTTP");
        assertThat(first.out).startsWith("ran: ").contains(" sluice.gateway.Main --version");
        assertThat(first.out).contains("-cp " + house.toRealPath() + "/gateway/target/gateway.jar:");
    }

    @Test
    void buildsAgain_onlyWhenSourcesChanged() throws Exception {
        assertThat(run(house.resolve("sluice"), "up").err).contains("Building Sluice");
        assertThat(run(house.resolve("sluice"), "up").err).isEmpty();

        Path source = Files.writeString(house.resolve("gateway/src/main/java/New.java"), "class New {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));

        assertThat(run(house.resolve("sluice"), "up").err).contains("Building Sluice");
        assertThat(Files.readAllLines(tools.resolve("builds"))).hasSize(2);
    }

    @Test
    void remembersTheStart_oncePerBuild() throws Exception {
        Ended first = run(house.resolve("sluice"), "up");
        Ended second = run(house.resolve("sluice"), "up");

        assertThat(first.err).contains("Remembering the start");
        assertThat(second.err).isEmpty();
        assertThat(List.of(first.out, second.out))
                .allMatch(out -> out.matches("(?s).* -XX:SharedArchiveFile=(\\S+/target/start-\\S+)"
                        + " -Dorg.sqlite.lib.path=\\1.libraries -Djava.library.path=\\1.libraries .*Main up\n"));

        Path source = Files.writeString(house.resolve("gateway/src/main/java/New.java"), "class New {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(run(house.resolve("sluice"), "up").err).contains("Building Sluice", "Remembering the start");
    }

    @Test
    void remembersTheStart_ofEachJava() throws Exception {
        assertThat(run(house.resolve("sluice"), "up").out).contains("-XX:SharedArchiveFile=");
        tool("java", JAVA.replace("17.0.9", "25.0.1"));

        Ended ended = run(house.resolve("sluice"), "up");

        assertThat(ended.err).contains("Remembering the start");
        assertThat(ended.out).contains(" -XX:AOTCache=").doesNotContain("-XX:SharedArchiveFile=");
    }

    @Test
    void startsWithoutAnArchive_whenNoneCanBeMade() throws Exception {
        tool("java", JAVA.replace("echo it >", ": "));

        Ended first = run(house.resolve("sluice"), "up");

        assertThat(first.code).isZero();
        assertThat(first.err).contains("that failed, so starts take longer: ", ".log tells why");
        assertThat(first.out).contains("sluice.gateway.Main up").doesNotContain("-XX:SharedArchiveFile=");
        assertThat(run(house.resolve("sluice"), "up").err).isEmpty();
    }

    @Test
    void needsNoArchive_forShortAnswers() throws Exception {
        assertThat(run(house.resolve("sluice"), "--version").err).doesNotContain("Remembering");
    }

    @Test
    void worksThroughLinks_andFromAnywhere() throws Exception {
        Path far = Files.createDirectories(directory.resolve("far/away"));
        Path near = Files.createSymbolicLink(directory.resolve("near"), Path.of("house/sluice"));
        Path link = Files.createSymbolicLink(far.resolve("link"), far.relativize(near));

        assertThat(run(link, "up", "-f", "a b.yml").out)
                .contains(house.toRealPath() + "/gateway/target/gateway.jar")
                .endsWith("sluice.gateway.Main up -f a b.yml\n");
    }

    @Test
    void letsItsOwnOptionsWin() throws Exception {
        environment.put("SLUICE_JAVA_OPTS", "-Xmx1g -Dx=y");

        assertThat(run(house.resolve("sluice"), "up").out).matches("(?s).*-Xmx512m.* -Xmx1g -Dx=y -cp .*");
    }

    @Test
    void refusesAJavaThatIsTooOld() throws Exception {
        tool("java", JAVA.replace("17.0.9", "11.0.2"));
        refuses("version 11.0.2", "JDK 17");
        tool("java", JAVA.replace("17.0.9", "1.8.0_292"));
        refuses("version 1.8.0_292", "JDK 17");
    }

    @Test
    void refusesAJavaHomeWithoutJava() throws Exception {
        environment.put("JAVA_HOME", "/nowhere");
        refuses("JAVA_HOME=/nowhere has no bin/java");
    }

    @Test
    void saysWhereTheLogOfAFailedBuildIs() throws Exception {
        tool("mvn", "#!/bin/sh\necho '[ERROR] no luck'\nexit 1\n");

        Ended ended = run(house.resolve("sluice"), "up");

        assertThat(ended.code).isOne();
        assertThat(ended.err).contains("[ERROR] no luck", "build.log tells why");
        assertThat(ended.out).isEmpty();
    }

    private void refuses(String... words) throws Exception {
        Ended ended = run(house.resolve("sluice"), "up");

        assertThat(ended.code).isOne();
        assertThat(ended.out).isEmpty();
        assertThat(ended.err.lines())
                .singleElement()
                .asString()
                .startsWith("sluice: ")
                .contains(words);
    }

    private void tool(String name, String script) throws IOException {
        Path tool = Files.writeString(tools.resolve(name), script);
        assertThat(tool.toFile().setExecutable(true)).isTrue();
    }

    private Ended run(Path script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
    }

    private record Ended(int code, String out, String err) {}
}
