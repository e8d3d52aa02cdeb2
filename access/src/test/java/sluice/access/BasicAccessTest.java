package sluice.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Settings;

class BasicAccessTest {
    private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.1", 50_000);
    private static final InetSocketAddress ANOTHER = new InetSocketAddress("192.0.2.2", 50_000);
    private static final String PASSWORD = "pa:ss wörds";

    @TempDir
    Path directory;

    private final AtomicLong clock = new AtomicLong();
    private BasicAccess access;

    @BeforeEach
    void open() throws IOException {
        store("ops", PASSWORD);
        CredentialFiles files = new CredentialFiles(directory);
        access =
                new BasicAccess(files, files.read(), new FailureBudget(20, Duration.ofSeconds(6), 100_000, clock::get));
    }

    @AfterEach
    void close() {
        access.close();
    }

    @Test
    void allowsFurtherUsers_fromTheMomentTheirFileIsThere() throws IOException {
        assertThat(check(basic("bob:secret"))).isInstanceOf(Decision.Deny.class);
        Files.writeString(directory.resolve("basic-auth-users"), "bob:secret\n");
        access.reload();
        assertThat(check(basic("bob:secret"))).isEqualTo(new Decision.Allow("bob"));
        assertThat(check(basic("ops:" + PASSWORD))).isEqualTo(new Decision.Allow("ops"));
        assertThat(check(basic("bob:" + PASSWORD))).isInstanceOf(Decision.Deny.class);
        assertThat(access.isOwnCredential(basic("bob:secret"))).isTrue();
        Files.writeString(directory.resolve("basic-auth-users"), "bob without a colon\n");
        access.reload();
        assertThat(check(basic("bob:secret"))).as("kept").isEqualTo(new Decision.Allow("bob"));
        Files.delete(directory.resolve("basic-auth-users"));
        access.reload();
        assertThat(check(basic("bob:secret"))).isInstanceOf(Decision.Deny.class);
    }

    @Test
    void allowsTheUser_whosePasswordMayHoldColonsAndUmlauts() {
        assertThat(check(basic("ops:" + PASSWORD))).isEqualTo(new Decision.Allow("ops"));
    }

    @Test
    void allowsTheUser_withoutPaddingAndWithTheSchemeInAnyCase() {
        String token = token("ops:" + PASSWORD);
        assertThat(token).as("this test needs padding").endsWith("=");
        for (String value :
                new String[] {"basic " + token, "BASIC " + token, "Basic   " + token, "Basic " + token.replace("=", "")
                }) {
            assertThat(check(value)).as(value).isEqualTo(new Decision.Allow("ops"));
            assertThat(access.isOwnCredential(value)).as(value).isTrue();
        }
    }

    @Test
    void challenges_whenThereIsNoCredential() {
        Decision.Deny deny = (Decision.Deny) check();
        assertInvalid(deny);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic",
                "Basic ",
                "Basic =",
                "Basic not base64!",
                "Basic b3Bz", // no colon
                "Basic b3Bz\u00e9",
                "Basic b3Bz b3Bz", // what remains of a folded field
                "Basic\tb3BzOng=",
                "Bearer ",
                "Bearer",
                "Bearer abc",
                "Digest username=ops",
                ""
            })
    void refusesWhatIsNotTheCredential(String value) {
        assertInvalid(check(value));
        assertThat(access.isOwnCredential(value)).isFalse();
    }

    @Test
    void refusesAWrongPasswordAndAWrongUser_withTheSameAnswer() {
        assertInvalid(check(basic("ops:wrong")));
        assertInvalid(check(basic("root:" + PASSWORD)));
        assertInvalid(check(basic("ops:" + PASSWORD + "x")));
        assertInvalid(check(basic("ops:")));
        assertInvalid(check(basic(":" + PASSWORD)));
    }

    @Test
    void refusesAPairThatIsNotUtf8() {
        assertInvalid(check("Basic " + Base64.getEncoder().encodeToString(("ops:" + PASSWORD).getBytes(ISO_8859_1))));
    }

    @Test
    void refusesAPairOfTwentyKibibytes() {
        assertInvalid(check(basic("ops:" + "x".repeat(20_480))));
    }

    @Test
    void refusesAnotherSpellingOfTheRightToken() throws IOException {
        store("ops", "x");
        access.reload();
        assertThat(check("Basic b3BzOng=")).isInstanceOf(Decision.Allow.class);
        assertInvalid(check("Basic b3BzOnh=")); // differs in bits that carry nothing
        assertThat(access.isOwnCredential("Basic b3BzOnh=")).isFalse();
    }

    @Test
    void takesIdenticalFieldsAsOne_andRefusesDifferentOnes() {
        String right = basic("ops:" + PASSWORD);
        assertThat(check(right, right)).isInstanceOf(Decision.Allow.class);

        Decision.Deny deny = (Decision.Deny) check(right, "Bearer x");
        assertThat(deny.reason().failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(deny.reason().text()).isEqualTo("more than one Authorization header");
    }

    @Test
    void stopsASourceThatGuesses_andNobodyElse() {
        for (int i = 0; i < 20; i++) {
            assertInvalid(check(basic("ops:guess" + i)));
        }
        Decision.Deny stopped = (Decision.Deny) check(basic("ops:guess"));
        assertThat(stopped.reason().failure()).isEqualTo(Failure.OVERLOADED);
        assertThat(stopped.reason().text()).isEqualTo("too many failed authentications");
        assertThat(stopped.retryAfterSeconds()).isEqualTo(6);
        assertThat(check(basic("ops:" + PASSWORD)))
                .as("no hint that this one is right")
                .hasToString(check("Basic x").toString());

        HttpHeaders right = headers(basic("ops:" + PASSWORD));
        assertThat(access.check(right, ANOTHER, Action.SYSTEM_INFO, "")).isInstanceOf(Decision.Allow.class);
        clock.addAndGet(Duration.ofSeconds(6).toNanos());
        assertThat(check(basic("ops:" + PASSWORD))).isInstanceOf(Decision.Allow.class);
    }

    @Test
    void spendsNothing_onSuccessesAndOnRequestsWithoutCredential() {
        for (int i = 0; i < 100; i++) {
            assertThat(check(basic("ops:" + PASSWORD))).isInstanceOf(Decision.Allow.class);
            assertInvalid(check());
        }
    }

    @Test
    void knowsItsOwnCredential_amongThoseOfFunctions() {
        assertThat(access.isOwnCredential(basic("ops:" + PASSWORD))).isTrue();
        assertThat(access.isOwnCredential(basic("ops:" + PASSWORD.replace('p', 'q'))))
                .isFalse();
        assertThat(access.isOwnCredential("Bearer " + token("ops:" + PASSWORD))).isFalse();
    }

    @Test
    void followsTheFiles() throws IOException, InterruptedException {
        try (BasicAccess following = BasicAccess.open(
                AccessConfig.from(new Settings(Map.of("secret_mount_path", directory.toString())), directory))) {
            HttpHeaders fresh = headers(basic("ops:fresh"));
            store("ops", "fresh");
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!following.isOwnCredential(basic("ops:fresh")) && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(following.check(fresh, PEER, Action.SYSTEM_INFO, "")).isInstanceOf(Decision.Allow.class);
            assertInvalid(following.check(headers(basic("ops:" + PASSWORD)), PEER, Action.SYSTEM_INFO, ""));
        }
    }

    @Test
    void keepsTheOldPair_whileTheFilesCannotBeUsed() throws IOException {
        Files.delete(directory.resolve("basic-auth-password"));
        access.reload();
        assertThat(check(basic("ops:" + PASSWORD))).isInstanceOf(Decision.Allow.class);

        store("ops", "fresh");
        access.reload();
        assertThat(check(basic("ops:fresh"))).isInstanceOf(Decision.Allow.class);
    }

    @Test
    void decidesWithoutBlocking() {
        Mono<Decision> onALoop =
                Mono.fromSupplier(() -> check(basic("ops:" + PASSWORD))).subscribeOn(Schedulers.parallel());
        StepVerifier.create(onALoop).expectNext(new Decision.Allow("ops")).verifyComplete();
    }

    @Test
    void countsItsDecisions() {
        assertInvalid(check());
        assertInvalid(check("Basic x"));
        assertInvalid(check("Basic x"));
        assertThat(check(basic("ops:" + PASSWORD))).isInstanceOf(Decision.Allow.class);
        StepVerifier.create(access.collect())
                .assertNext(families -> assertThat(families).singleElement().satisfies(family -> {
                    assertThat(family.name()).isEqualTo("sluice_auth_total");
                    Map<String, Double> counts = family.samples().stream()
                            .collect(Collectors.toMap(s -> s.labels().toString(), s -> s.value()));
                    assertThat(counts)
                            .containsEntry("{mechanism=basic, result=no_credential}", 1.0)
                            .containsEntry("{mechanism=basic, result=refused}", 2.0)
                            .containsEntry("{mechanism=basic, result=allowed}", 1.0)
                            .containsEntry("{mechanism=basic, result=throttled}", 0.0);
                }))
                .verifyComplete();
    }

    @Test
    void neverShowsThePassword() {
        assertThat(access.toString()).contains("REDACTED").doesNotContain(PASSWORD);
    }

    private Decision check(String... authorization) {
        return access.check(headers(authorization), PEER, Action.SYSTEM_INFO, "openfaas-fn");
    }

    private static void assertInvalid(Decision decision) {
        assertThat(decision).isInstanceOfSatisfying(Decision.Deny.class, deny -> {
            assertThat(deny.reason().failure()).isEqualTo(Failure.NOT_AUTHENTICATED);
            assertThat(deny.reason().component()).isEqualTo(Component.ACCESS);
            assertThat(deny.reason().text()).isEqualTo("invalid credentials");
            assertThat(deny.challenges()).containsExactly("Basic realm=\"Restricted\"");
        });
    }

    private static HttpHeaders headers(String... authorization) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (String value : authorization) {
            headers.add("Authorization", value);
        }
        return headers;
    }

    private static String basic(String pair) {
        return "Basic " + token(pair);
    }

    private static String token(String pair) {
        return Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
    }

    private void store(String user, String password) throws IOException {
        Files.writeString(directory.resolve("basic-auth-user"), user);
        Files.writeString(directory.resolve("basic-auth-password"), password);
    }
}
