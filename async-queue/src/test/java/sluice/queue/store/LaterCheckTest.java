package sluice.queue.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import sluice.core.FailureException;

/** Damage that a start has not met is found later, and then nothing is accepted any more. */
final class LaterCheckTest {
    private static final Duration BOUND = Duration.ofSeconds(20);
    private static final int PAGE = 4_096;
    private static final int FIRST_DAMAGED = 25; // behind the roots of all tables

    @TempDir
    private Path directory;

    private CallStore open() throws IOException {
        CallStore store = CallStore.open(directory.resolve("calls.db"), Durability.SYNCED, Companion.NONE, nanos -> {});
        store.start();
        return store;
    }

    @Test
    void acceptsNothingMore_onceDamageIsFound() throws Exception {
        try (CallStore store = open()) {
            Boolean unused = store.write(tables -> {
                        for (int i = 0; i < 2_000; i++) {
                            tables.small()
                                    .setNumber("a name that is rather long, so that pages are filled soon: " + i, i);
                        }
                        return true;
                    })
                    .block(BOUND);
        }
        byte[] bytes = Files.readAllBytes(directory.resolve("calls.db"));
        assertThat(bytes.length).isGreaterThan((FIRST_DAMAGED + 10) * PAGE);
        for (int at = FIRST_DAMAGED * PAGE; at < bytes.length; at += PAGE) {
            bytes[at] ^= 0x55; // the kind of each page
        }
        Files.write(directory.resolve("calls.db"), bytes);

        try (CallStore store = open()) {
            assertThat(store.broken()).as("nothing has read those pages").isNull();

            store.checkLater(Duration.ZERO, Duration.ZERO);

            FailureException reason = Mono.fromSupplier(store::broken)
                    .repeatWhenEmpty(again -> again.delayElements(Duration.ofMillis(5)))
                    .block(BOUND);
            assertThat(reason).isNotNull().hasMessageContaining("the journal");
        }
    }
}
