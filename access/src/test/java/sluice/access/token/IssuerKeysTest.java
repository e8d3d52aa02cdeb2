package sluice.access.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import sluice.access.token.IssuerKeys.KeyTimes;

class IssuerKeysTest {
    private final TestIssuer issuer = new TestIssuer();
    private final AtomicLong clock = new AtomicLong();
    private final IssuerKeys keys = new IssuerKeys(
            issuer.url(),
            new KeyFetch(issuer.url(), null, null, Schedulers.boundedElastic(), Duration.ofMillis(1_500)),
            new KeyTimes(Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofHours(24)),
            clock::get);

    @AfterEach
    void close() {
        issuer.close();
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private void expectKey(String id) {
        StepVerifier.create(keys.key(id)).expectNextCount(1).expectComplete().verify(Duration.ofSeconds(10));
    }

    private void expectUnknown(String id) {
        StepVerifier.create(keys.key(id))
                .expectErrorMatches(e -> e instanceof TokenRefused refused
                        && refused.description().equals("unknown key"))
                .verify(Duration.ofSeconds(10));
    }

    private void expectUnavailable(String id) {
        StepVerifier.create(keys.key(id)).expectError(KeysUnavailable.class).verify(Duration.ofSeconds(10));
    }

    @Test
    void fetchesOnce_andAnswersFromMemory() {
        expectKey("ec-1");
        expectKey("rsa-1");
        assertThat(issuer.keyRequests).hasValue(1);
        assertThat(keys.now("ec-1")).isNotNull();
        assertThat(keys.now("mac-1")).as("symmetric keys are left out").isNull();
    }

    @Test
    void findsARotatedKey_andOneAttemptPerCooldownForUnknownOnes() {
        expectKey("ec-1");
        Map<String, KeyPair> rotated = new HashMap<>(issuer.keys);
        rotated.put("ec-2", TestIssuer.pair("EC", "secp256r1"));
        issuer.keys = rotated;
        expectUnknown("ec-2"); // the attempt before was a moment ago
        pass(Duration.ofSeconds(31));
        expectKey("ec-2");
        for (int i = 0; i < 100; i++) {
            expectUnknown("made-up-" + i);
        }
        assertThat(issuer.keyRequests).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = TestIssuer.Mood.class,
            names = {"FAILING", "HUGE", "REDIRECTING", "SILENT", "MANY_KEYS", "OF_ANOTHER_NAME"})
    void keepsTheLastGoodKeys_forADayAndNoLonger(TestIssuer.Mood mood) {
        expectUnavailableAtFirst(mood);
        issuer.mood = TestIssuer.Mood.WELL;
        pass(Duration.ofSeconds(31));
        expectKey("ec-1");
        issuer.mood = mood;
        pass(Duration.ofHours(23));
        expectKey("ec-1");
        pass(Duration.ofHours(2));
        expectUnavailable("ec-1");
    }

    private void expectUnavailableAtFirst(TestIssuer.Mood mood) {
        issuer.mood = mood;
        expectUnavailable("ec-1");
        int asked = issuer.requests.get();
        expectUnavailable("ec-1");
        assertThat(issuer.requests).as("not asked again so soon").hasValue(asked);
    }

    @Test
    void refreshesBehindTheBackOfItsCallers_whenTheSetIsOld() {
        expectKey("ec-1");
        issuer.keys = Map.of("ec-1", issuer.ec);
        pass(Duration.ofMinutes(6));
        expectKey("rsa-1"); // the old set answers at once
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (keys.now("rsa-1") != null && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        expectUnknown("rsa-1");
        assertThat(issuer.keyRequests).hasValue(2);
    }

    @Test
    void losesNoCall_inATenMinuteOutageUnderLoad() {
        expectKey("ec-1");
        issuer.mood = TestIssuer.Mood.FAILING;
        int before = issuer.requests.get();
        int calls = 0;
        pass(Duration.ofMinutes(5)); // from here on the set is old and everybody would like a fresh one
        for (int second = 0; second < 600; second++) {
            pass(Duration.ofSeconds(1));
            for (int i = 0; i < 10; i++) {
                expectKey(i % 2 == 0 ? "ec-1" : "rsa-1");
                calls++;
            }
        }
        assertThat(calls).isEqualTo(6_000);
        assertThat(issuer.requests.get() - before).as("one attempt per 30 s").isBetween(1, 21);
    }

    @Test
    void refusesAddressesItMustNotAsk() {
        for (String address : new String[] {
            "http://issuer.example.org",
            "https://169.254.169.254",
            "https://[fd00:ec2::254]",
            "https://user@issuer.example.org",
            "ftp://127.0.0.1",
            "https:///nowhere"
        }) {
            KeyFetch fetch = new KeyFetch(address, null, null, Schedulers.boundedElastic(), Duration.ofSeconds(1));
            StepVerifier.create(fetch.attempt())
                    .expectErrorSatisfies(e -> assertThat(e)
                            .as(address)
                            .isInstanceOf(KeysUnavailable.class)
                            .hasMessageContaining("address"))
                    .verify(Duration.ofSeconds(10));
        }
    }
}
