package sluice.http.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.http.TestAuthority;

/** What revocation lists say, and when they say nothing. */
class RevokedCertificatesTest {
    @TempDir
    static Path directory;

    private static TestAuthority authority;
    private static TestAuthority namesake;
    private static TestAuthority.Client carol;
    private static TestAuthority.Client dave;

    @BeforeAll
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    static void makeKeys() throws Exception {
        authority = TestAuthority.in(directory.resolve("authority"), "Clients CA");
        namesake = TestAuthority.in(directory.resolve("namesake"), "Clients CA");
        carol = authority.client("CN=carol");
        dave = authority.client("CN=dave");
    }

    private static void check(Path lists, TestAuthority.Client client, Instant now) throws Exception {
        RevokedCertificates.read(lists.toString())
                .check(List.of(client.certificate()), client.chain().get(1), now);
    }

    @Test
    void knowsWhatItsAuthorityHasTakenBack() throws Exception {
        Path lists = authority.revokes(carol);
        assertThatThrownBy(() -> check(lists, carol, Instant.now())).hasMessageContaining("revoked");
        assertThatCode(() -> check(lists, dave, Instant.now())).doesNotThrowAnyException();
    }

    @Test
    void saysNothingOnceItIsOutOfDate() throws Exception {
        Path lists = authority.revokes();
        assertThatCode(() -> check(lists, carol, Instant.now())).doesNotThrowAnyException();
        assertThatThrownBy(() -> check(lists, carol, Instant.now().plus(Duration.ofDays(3))))
                .hasMessageContaining("out of date");
    }

    @Test
    void believesNoListOfAnotherAuthorityOfThatName() throws Exception {
        Path lists = namesake.revokes(carol);
        assertThatThrownBy(() -> check(lists, carol, Instant.now())).hasMessageContaining("no revocation list");
    }

    @Test
    void asksForNothing_whenThereIsNoFile() throws Exception {
        RevokedCertificates.read("")
                .check(List.of(carol.certificate()), carol.chain().get(1), Instant.now());
    }

    @Test
    void namesTheFileThatHoldsNone() throws Exception {
        Path text = Files.writeString(directory.resolve("text.crl"), "no list");
        assertThatThrownBy(() -> RevokedCertificates.read(text.toString()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("text.crl");
    }
}
