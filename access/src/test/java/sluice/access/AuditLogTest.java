package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.AuditTrail.Event;
import sluice.core.AuditTrail.Outcome;
import sluice.core.Identity;

class AuditLogTest {
    private static final Identity NOBODY = Identity.of("", "");
    private static final Identity ADMIN = Identity.of("basic", "admin");

    @TempDir
    Path directory;

    private final AtomicLong clock = new AtomicLong();
    private AuditLog audit;

    @BeforeEach
    void open() {
        audit = new AuditLog(directory.resolve("audit.json"), Set.of("POST"), new AuditFlood(clock::get));
    }

    private static Event event(Identity who, Outcome outcome, String method, String path, String peer) {
        return new Event(
                who,
                "Function:List",
                "dev:*",
                outcome,
                "why",
                method,
                path,
                401,
                new InetSocketAddress(peer, 1),
                "c-1",
                Instant.EPOCH,
                Duration.ZERO);
    }

    private List<JsonNode> written() throws IOException {
        audit.write();
        List<JsonNode> lines = new ArrayList<>();
        if (Files.exists(directory.resolve("audit.json"))) {
            for (String line : Files.readAllLines(directory.resolve("audit.json"))) {
                lines.add(new ObjectMapper().readTree(line));
            }
        }
        return lines;
    }

    @Test
    void keepsWhatWasAskedFor_andEveryRefusal() throws IOException {
        audit.record(event(ADMIN, Outcome.ALLOW, "GET", "/a", "10.0.0.1"));
        audit.record(event(ADMIN, Outcome.ALLOW, "POST", "/b", "10.0.0.1"));
        audit.record(event(ADMIN, Outcome.DENY, "GET", "/c", "10.0.0.1"));
        audit.record(event(NOBODY, Outcome.DENY, "GET", "/d", "10.0.0.1"));
        assertThat(written()).extracting(line -> line.path("path").asText()).containsExactly("/b", "/c", "/d");
    }

    @Test
    void writesOneLineWhateverStrangersSend() throws IOException {
        audit.record(event(NOBODY, Outcome.DENY, "GET", "/x\r\n{\"a\":1}\u001b[31m\"", "10.0.0.1"));
        assertThat(written()).hasSize(1);
        assertThat(written().get(0).path("path").asText()).contains("{\"a\":1}");
    }

    @Test
    void tellsAGuesserTenTimesAMinute_andThenHowOftenBesides() throws IOException {
        for (int i = 0; i < 5_000; i++) {
            audit.record(event(NOBODY, Outcome.DENY, "GET", "/a", "10.0.0.1"));
        }
        audit.record(event(NOBODY, Outcome.DENY, "GET", "/b", "10.0.0.2"));
        audit.record(event(ADMIN, Outcome.DENY, "GET", "/c", "10.0.0.1"));
        assertThat(written()).hasSize(12);
        clock.addAndGet(Duration.ofSeconds(61).toNanos());
        List<JsonNode> lines = written();
        assertThat(lines).hasSize(13);
        assertThat(lines.get(12).path("kind").asText()).isEqualTo("auth_failed");
        assertThat(lines.get(12).path("count").asLong()).isEqualTo(4_990);
        assertThat(lines.get(12).path("client_ip").asText()).isEqualTo("10.0.0.1");
        audit.record(event(NOBODY, Outcome.DENY, "GET", "/a", "10.0.0.1"));
        assertThat(written()).hasSize(14);
    }

    @Test
    void countsABoundedNumberOfSources() throws IOException {
        for (int i = 0; i < 20_000; i++) {
            audit.record(event(NOBODY, Outcome.DENY, "GET", "/a", "10.0." + i / 250 + "." + i % 250));
        }
        List<JsonNode> lines = written();
        assertThat(lines).hasSize(10_001);
        assertThat(lines.get(10_000).path("count").asLong()).isEqualTo(10_000);
    }
}
