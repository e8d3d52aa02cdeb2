package sluice.queue.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.FunctionName;
import sluice.core.calls.CallState;
import sluice.queue.Lane;
import sluice.queue.Rid;

/** Calls are found by their id whatever era they are in, and also in a file of an older Sluice. */
final class ErasTest {
    private static final Duration BOUND = Duration.ofSeconds(20);
    private static final String AS_IN_VERSION_1 = """
            DROP INDEX calls_waiting;
            DROP INDEX calls_expiring;
            DROP INDEX calls_running;
            DROP INDEX calls_by_id;
            DROP INDEX calls_ended;
            DROP INDEX calls_dead;
            DROP INDEX calls_forgotten;
            ALTER TABLE calls DROP COLUMN era;
            CREATE INDEX calls_waiting ON calls(queue, function, due, rid) WHERE state IN (0, 2);
            CREATE INDEX calls_expiring ON calls(expires) WHERE state IN (0, 2);
            CREATE INDEX calls_running ON calls(fence) WHERE state = 1;
            CREATE INDEX calls_by_id ON calls(call_hash);
            CREATE INDEX calls_ended ON calls(state, ended, size) WHERE state >= 3 AND forgotten = 0;
            CREATE INDEX calls_dead ON calls(rid) WHERE state = 4 AND forgotten = 0;
            CREATE INDEX calls_forgotten ON calls(ended) WHERE forgotten = 1;
            PRAGMA user_version=1;
            """;

    @TempDir
    private Path directory;

    private CallStore store;

    @BeforeEach
    void open() throws IOException {
        store = CallStore.open(file(), Durability.SYNCED, Companion.NONE, nanos -> {});
        store.start();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path file() {
        return directory.resolve("calls.db");
    }

    private <T> T write(StoreWork<T> work) {
        return Objects.requireNonNull(store.write(work).block(BOUND));
    }

    private <T> T read(StoreWork<T> work) {
        return Objects.requireNonNull(store.read(work).block(BOUND));
    }

    private long number(StoreWork<Long> work) {
        return read(work);
    }

    private Rid put(long number, String callId, long era) {
        Rid rid = new Rid(number << 16, number);
        return write(tables -> {
            tables.calls().put(row(rid, callId), era);
            return rid;
        });
    }

    private static CallRow row(Rid rid, String callId) {
        Lane lane = new Lane("q", new FunctionName("f", "ns"));
        return new CallRow(
                rid,
                lane,
                "f",
                callId,
                true,
                CallState.QUEUED,
                0,
                0,
                3,
                0,
                1,
                1,
                Long.MAX_VALUE,
                0,
                0,
                0,
                "",
                0,
                Map.of(),
                null,
                0,
                false,
                false,
                false,
                0,
                0);
    }

    private List<Rid> found(String callId) {
        return read(tables ->
                tables.calls().byCallId(callId, 10).stream().map(CallRow::rid).toList());
    }

    @Test
    void findsACall_inWhicheverEraItIs() {
        Rid settled = put(1, "a", Eras.SETTLED);
        Rid old = put(2, "a", 3);
        Rid other = put(3, "b", 3);
        Rid recent = put(4, "a", 900);

        assertThat(found("a")).containsExactly(recent, old, settled);
        assertThat(found("b")).containsExactly(other);
        assertThat(found("c")).isEmpty();
        assertThat(number(tables -> tables.calls().count("a"))).isEqualTo(3);
        assertThat(number(tables -> tables.eras().count())).isEqualTo(3);
        assertThat(number(tables -> tables.eras().newest())).isEqualTo(900);
    }

    @Test
    void findsNothing_whenThereIsNothing() {
        assertThat(found("a")).isEmpty();
        assertThat(number(tables -> tables.eras().count())).isZero();
        assertThat(number(tables -> tables.eras().newest())).isZero();
    }

    @Test
    void settlesACall_whenItsFirstAttemptStarts() {
        Rid rid = put(1, "a", 7);

        boolean isBegun = write(tables -> tables.changes().begin(rid, 1, 1));
        assertThat(isBegun).isTrue();

        assertThat(number(tables -> tables.eras().newest())).isEqualTo(Eras.SETTLED);
        assertThat(found("a")).containsExactly(rid);
    }

    @Test
    void settlesTheOldestEras_acrossThem() {
        Rid first = put(1, "a", 5);
        Rid second = put(2, "a", 6);
        Rid third = put(3, "a", 8);

        int settled = write(tables -> tables.eras().settleOldest(2));
        assertThat(settled).isEqualTo(2);

        assertThat(number(tables -> tables.eras().count())).isEqualTo(2);
        assertThat(number(tables -> tables.eras().newest())).isEqualTo(8);
        assertThat(found("a")).containsExactly(third, second, first);
    }

    @Test
    void takesOverAFile_ofVersion1() throws Exception {
        Rid rid = put(1, "a", 2);
        store.close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                java.sql.Statement statement = connection.createStatement()) {
            for (String one : AS_IN_VERSION_1.strip().split(";\n", -1)) {
                statement.execute(one);
            }
        }

        open();

        assertThat(found("a")).containsExactly(rid);
        Rid later = put(2, "a", number(tables -> tables.eras().newest()) + 1);
        assertThat(found("a")).containsExactly(later, rid);
        assertThat(number(tables -> tables.calls().open())).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT count(*) FROM calls INDEXED BY calls_expiring WHERE state IN (0, 2)",
                "SELECT count(*) FROM calls INDEXED BY calls_running WHERE state=1",
                "SELECT count(*) FROM calls INDEXED BY calls_forgotten WHERE forgotten=1",
                "SELECT total(size) FROM calls INDEXED BY calls_ended WHERE state >= 3 AND forgotten=0",
                "SELECT queue, function, count(*), min(due) FROM calls INDEXED BY calls_waiting WHERE state IN (0, 2)"
                        + " GROUP BY queue, function"
            })
    void countsInTheIndexAlone(String query) {
        List<String> plan =
                read(tables -> tables.statements().all("EXPLAIN QUERY PLAN " + query, row -> row.getString(4)));

        assertThat(plan).singleElement().asString().contains("COVERING INDEX");
    }
}
