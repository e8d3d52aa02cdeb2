package sluice.local.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.Resources;

/** What a data directory gives back, also after a crash and to whom. */
class StoresTest {
    private static final StoredFunction FUNCTION = new StoredFunction(
            new FunctionDeployment(
                    new FunctionName("thumbs", "staging"),
                    "example/thumbs:1.4",
                    "cat",
                    Map.of("write_timeout", "1m5s"),
                    List.of("zone=eu-1"),
                    List.of("s3-key"),
                    Map.of("com.openfaas.scale.min", "2"),
                    Map.of("topic", "line one\nline \"two\" äöü"),
                    new Resources("256Mi", "0.5", "1", null, null),
                    null,
                    true),
            3,
            Instant.parse("2026-02-03T04:05:06.789Z"),
            4);

    @TempDir
    Path data;

    @Test
    void givesBackFunctionsAsTheyWere() throws IOException {
        FunctionStore.open(data).write(FUNCTION);

        assertThat(FunctionStore.open(data).load()).containsExactly(FUNCTION);
    }

    @Test
    void forgetsWhatIsDeleted() throws IOException {
        FunctionStore store = FunctionStore.open(data);
        store.write(FUNCTION);
        store.delete(FUNCTION.name());

        assertThat(FunctionStore.open(data).load()).isEmpty();
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void ignoresAndRemovesWhatACrashLeftHalfWritten() throws IOException {
        FunctionStore.open(data).write(FUNCTION);
        Path half = Files.writeString(data.resolve(".new-7"), "{\"deployment\":{\"na");

        assertThat(FunctionStore.open(data).load()).containsExactly(FUNCTION);
        assertThat(half).doesNotExist();
    }

    @Test
    void setsUnreadableRecordsAsideAndKeepsTheOthers() throws IOException {
        FunctionStore store = FunctionStore.open(data);
        store.write(FUNCTION);
        Files.writeString(data.resolve("broken.openfaas-fn.json"), "{\"deployment\":");
        Files.writeString(data.resolve("empty.openfaas-fn.json"), "{}");
        Files.writeString(
                data.resolve("wrong.openfaas-fn.json"),
                Files.readString(data.resolve("thumbs.staging.json")).replace("\"thumbs\"", "\"No Name\""));

        assertThat(store.load()).containsExactly(FUNCTION);
        assertThat(store.load()).containsExactly(FUNCTION);
        assertThat(data.resolve(".unreadable-broken.openfaas-fn.json")).hasContent("{\"deployment\":");
        assertThat(data.resolve(".unreadable-empty.openfaas-fn.json")).exists();
        assertThat(data.resolve(".unreadable-wrong.openfaas-fn.json")).exists();
    }

    @Test
    void readsRecordsOfLaterReleases() throws IOException {
        FunctionStore store = FunctionStore.open(data);
        store.write(FUNCTION);
        Path file = data.resolve("thumbs.staging.json");
        Files.writeString(file, Files.readString(file).replaceFirst("\\{", "{\"later\":1,"));

        assertThat(store.load()).containsExactly(FUNCTION);
    }

    @Test
    void readsRecordsOfEarlierReleases_asOfTheFirstGeneration() throws IOException {
        FunctionStore store = FunctionStore.open(data);
        store.write(FUNCTION);
        Path file = data.resolve("thumbs.staging.json");
        Files.writeString(file, Files.readString(file).replace(",\"generation\":4", ""));

        assertThat(store.load())
                .singleElement()
                .extracting(StoredFunction::generation)
                .isEqualTo(1L);
    }

    @Test
    void beginsVersionsBehindThoseOfEarlierRuns_whateverTheClockSays() throws IOException {
        long now = System.currentTimeMillis() * 1_000;
        try (DataDirectory directory = DataDirectory.open(data)) {
            long first = directory.firstVersion();
            assertThat(first).isGreaterThanOrEqualTo(now);
            assertThat(directory.firstVersion()).isGreaterThan(first + 1_000_000_000_000L);
            Files.writeString(directory.volatileState().resolve("versions"), "9000000000000000");
            assertThat(directory.firstVersion()).isGreaterThan(9_001_000_000_000_000L);
        }
    }

    @Test
    void givesBackNamespacesAsTheyWere() throws IOException {
        FunctionNamespace namespace = new FunctionNamespace("staging", Map.of("openfaas", "1"), Map.of("a", "b"));
        NamespaceStore.open(data).write(namespace);

        assertThat(NamespaceStore.open(data).load()).containsExactly(namespace);
    }

    @Test
    void refusesADirectoryThatIsInUse() throws IOException {
        DataDirectory first = DataDirectory.open(data);
        String holder = data.toRealPath() + " is in use by another gateway (pid "
                + ProcessHandle.current().pid() + ")";

        assertThatThrownBy(() -> DataDirectory.open(data)).isInstanceOfSatisfying(FailureException.class, refusal -> {
            assertThat(refusal.failure()).isEqualTo(Failure.UNAVAILABLE);
            assertThat(refusal.text()).startsWith("data directory " + holder);
        });
        String id = first.id();
        first.close();
        try (DataDirectory second = DataDirectory.open(data)) {
            assertThat(second.id()).isEqualTo(id);
        }
    }

    @Test
    void refusesADirectoryThatCannotBeWritten() throws IOException {
        Path file = Files.write(data.resolve("file"), "no directory".getBytes(UTF_8));

        assertThatThrownBy(() -> DataDirectory.open(file.resolve("data")))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        refusal -> assertThat(refusal.text()).contains(file + "/data cannot be written"));
    }
}
