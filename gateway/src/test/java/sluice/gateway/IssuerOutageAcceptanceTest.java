package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.access.token.TestIssuer;

/** For ten minutes an issuer is down, then silent, then answers far too much: no caller whose key is known notices. */
@Tag("acceptance")
final class IssuerOutageAcceptanceTest {
    private static final Logger log = LoggerFactory.getLogger(IssuerOutageAcceptanceTest.class);
    private static final List<TestIssuer.Mood> MOODS =
            List.of(TestIssuer.Mood.FAILING, TestIssuer.Mood.SILENT, TestIssuer.Mood.HUGE);
    private static final Duration OUTAGE = Duration.ofMinutes(10);
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final Duration COOLDOWN = Duration.ofSeconds(30);
    private static final long PACE_NANOS = TimeUnit.SECONDS.toNanos(1) / 50;

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final List<Double> millis = Collections.synchronizedList(new ArrayList<>());

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void isNotNoticedByCallersWhoseKeysAreKnown() throws Exception {
        try (TestIssuer issuer = new TestIssuer();
                GatewayProcess gateway = start(issuer)) {
            URI url = gateway.url().resolve("/system/functions");
            call(url, issuer.token()).join();
            assertThat(failures).isEmpty();
            int known = attempts(issuer);
            List<Long> attempts = new ArrayList<>();
            List<CompletableFuture<Void>> calls = new ArrayList<>();
            long start = System.nanoTime();
            long count = OUTAGE.toNanos() / PACE_NANOS;
            for (long i = 0; i < count; i++) {
                issuer.mood = MOODS.get((int) (i * MOODS.size() / count));
                for (long next = start + i * PACE_NANOS, wait = 1; wait > 0; wait = next - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                calls.add(call(
                        url, issuer.token())); // each with a token that nobody has seen: every signature is checked
                if (attempts(issuer) > known + attempts.size()) {
                    attempts.add(System.nanoTime());
                }
            }
            calls.forEach(CompletableFuture::join);
            millis.sort(null);
            long shortest = Long.MAX_VALUE;
            for (int i = 1; i < attempts.size(); i++) {
                shortest = Math.min(shortest, attempts.get(i) - attempts.get(i - 1));
            }
            log.info(
                    "{} calls in {}, {} failed; ms: median {}, p99 {}, highest {}; {} attempts, {} s apart at least",
                    calls.size(),
                    OUTAGE,
                    failures.size(),
                    millis.get(millis.size() / 2),
                    millis.get(millis.size() * 99 / 100),
                    millis.get(millis.size() - 1),
                    attempts.size(),
                    shortest / 1e9);
            assertThat(failures).isEmpty();
            assertThat(attempts).hasSizeBetween(5, (int) (OUTAGE.toSeconds() / COOLDOWN.toSeconds()) + 1);
            assertThat(shortest).isGreaterThan(COOLDOWN.minusSeconds(1).toNanos());
            issuer.mood = TestIssuer.Mood.WELL;
            long deadline = System.nanoTime() + COOLDOWN.multipliedBy(2).toNanos();
            while (!gateway.err().contains("can be fetched again")) {
                assertThat(System.nanoTime())
                        .as("its keys are fetched again at the next attempt")
                        .isLessThan(deadline);
                call(url, issuer.token()).join();
                LockSupport.parkNanos(PACE_NANOS);
            }
            assertThat(failures).isEmpty();
        }
    }

    /** Each begins with the discovery document. */
    private static int attempts(TestIssuer issuer) {
        return issuer.requests.get() - issuer.keyRequests.get();
    }

    private CompletableFuture<Void> call(URI url, String token) {
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(30))
                .build();
        long begun = System.nanoTime();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).handle((answer, failure) -> {
            millis.add((System.nanoTime() - begun) / 1e6);
            if (failure != null || answer.statusCode() != 200) {
                failures.add(failure == null ? answer.statusCode() + " " + answer.body() : failure.toString());
            }
            return null;
        });
    }

    private GatewayProcess start(TestIssuer issuer) throws Exception {
        Path objects = TrustingGateway.trust(
                directory, issuer, "[{sid: a, effect: Allow, action: [Function:List], resource: ['*']}]");
        Map<String, String> settings = Map.of(
                "system_issuer",
                TestIssuer.AUDIENCE,
                "SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER",
                "true",
                "SLUICE_AUTH_JWKS_REFRESH",
                REFRESH.toSeconds() + "s",
                "SLUICE_AUTH_JWKS_UNKNOWN_KID_COOLDOWN",
                COOLDOWN.toSeconds() + "s");
        return GatewayProcess.start(directory, settings, "--access", objects.toString())
                .awaitReady();
    }
}
