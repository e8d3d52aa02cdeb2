package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RouteTableTest {
    private final RouteTable table = new RouteTable();

    @Test
    void findsWhatWasPut_andNothingElse() {
        Route first = Routes.route("first");
        table.put("first", first);
        assertThat(find("first")).isSameAs(first);
        assertThat(find("firs")).isNull();
        assertThat(find("first.")).isNull();
    }

    @Test
    void forgetsWhatWasRemoved_andFindsItAgainWhenItReturns() {
        table.put("f", Routes.route("f"));
        table.put("f", null);
        assertThat(find("f")).isNull();
        Route again = Routes.route("f");
        table.put("f", again);
        assertThat(find("f")).isSameAs(again);
    }

    @Test
    void keepsEveryName_whileItGrowsAndOthersComeAndGo() {
        for (int i = 0; i < 10_000; i++) {
            table.put("kept-" + i, Routes.route("kept-" + i));
            table.put("gone-" + i, Routes.route("gone-" + i));
            table.put("gone-" + i, null);
        }
        for (int i = 0; i < 10_000; i++) {
            String name = "kept-" + i;
            assertThat(find(name))
                    .isNotNull()
                    .extracting(route -> route.name.name())
                    .isEqualTo(name);
            assertThat(find("gone-" + i)).isNull();
        }
    }

    @Test
    void neverHidesANameFromAReader_whileTheWriterChangesOthers() throws Exception {
        Route stable = Routes.route("stable");
        table.put("stable", stable);
        AtomicBoolean isDone = new AtomicBoolean();
        ExecutorService reader = Executors.newSingleThreadExecutor();
        try {
            BooleanSupplier wentOnFinding = () -> find("stable") == stable;
            Future<Boolean> alwaysThere = reader.submit(() -> {
                boolean isThere = true;
                while (!isDone.get()) {
                    isThere &= wentOnFinding.getAsBoolean();
                }
                return isThere;
            });
            for (int i = 0; i < 20_000; i++) {
                table.put("f" + i % 300, i % 3 == 0 ? null : Routes.route("f" + i % 300));
            }
            isDone.set(true);
            assertThat(alwaysThere.get()).isTrue();
        } finally {
            reader.shutdownNow();
        }
    }

    private @Nullable Route find(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        return table.find(bytes, bytes.length);
    }
}
