package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.access.token.TestIssuer;
import sluice.core.AccessGate.Decision;
import sluice.core.FunctionName;
import sluice.core.Guard;
import sluice.core.TokenDesk.Exchange.Issued;
import sluice.http.ErrorResponses;

class FunctionGateTest {
    private static final FunctionName ENV = new FunctionName("env", "dev");

    @TempDir
    Path home;

    private IamFixture iam;
    private String token = "";

    @BeforeEach
    void open() throws IOException {
        iam = new IamFixture(home);
        token = ((Issued) iam.exchange(iam.issuer.token(), "scope=function")).token();
    }

    @AfterEach
    void close() {
        iam.close();
    }

    private Decision admit(FunctionName function, InetSocketAddress peer, String... lines) {
        return IamFixture.settled(iam.access.admit(Fields.of(lines), peer, function, Guard.GATEWAY));
    }

    private Decision admit(String... lines) {
        return admit(ENV, iam.peer(), lines);
    }

    private void expect(int status, String text, Decision decision) {
        Decision.Deny deny = (Decision.Deny) decision;
        assertThat(ErrorResponses.statusOf(deny.reason().failure())).isEqualTo(status);
        assertThat(deny.reason().text()).contains(text);
        if (status == 401) {
            assertThat(deny.challenges())
                    .singleElement()
                    .asString()
                    .as("what faas-cli looks for")
                    .startsWith("Bearer realm=\"IAM function invoke\"");
        }
    }

    @Test
    void asksOnce_andAnswersAtOnceFromThenOn() {
        String line = "Authorization: Bearer " + token;
        Decision first = iam.access.admit(Fields.of(line), iam.peer(), ENV, Guard.GATEWAY);
        assertThat(first).isInstanceOf(Decision.Ask.class);
        Decision allowed = IamFixture.settled(first);
        assertThat(allowed).isInstanceOf(Decision.Allow.class);
        for (int i = 0; i < 3; i++) {
            assertThat(iam.access.admit(Fields.of("authorization: bEARER  " + token), iam.peer(), ENV, Guard.GATEWAY))
                    .isSameAs(allowed);
        }
    }

    @ParameterizedTest
    @CsvSource({"env, dev, 200", "env2, dev, 403", "xenv, dev, 403", "en, dev, 403", "env, dev2, 403", "env, xdev, 403"
    })
    void letsTheHolderCallWhatTheTokenSays_andNothingElse(String name, String namespace, int status) {
        for (int i = 0; i < 2; i++) { // verified, then known
            Decision decision = admit(new FunctionName(name, namespace), iam.peer(), "Authorization: Bearer " + token);
            if (status == 200) {
                assertThat(decision).isInstanceOf(Decision.Allow.class);
            } else {
                expect(403, "insufficient permissions", decision);
            }
        }
    }

    @Test
    void challenges_whenThereIsNoToken() {
        expect(401, "Bearer must be present in Authorization header", admit());
        expect(401, "Bearer must be present", admit("Authorization: Basic b3BzOng="));
        expect(401, "Bearer must be present", admit("Authorization: Bearer "));
        expect(401, "Bearer must be present", admit("X-Token: Bearer " + token));
    }

    @Test
    void takesOneCredential() {
        String line = "Authorization: Bearer " + token;
        assertThat(admit(line, line)).isInstanceOf(Decision.Allow.class);
        expect(400, "more than one Authorization header", admit(line, "Authorization: Bearer x"));
    }

    @Test
    void refusesTokensForSomethingElse_andMadeUpOnes() {
        String api = ((Issued) iam.exchange(iam.issuer.token())).token();
        expect(401, "wrong token type", admit("Authorization: Bearer " + api));
        expect(401, "unknown issuer", admit("Authorization: Bearer " + iam.issuer.token()));
        expect(401, "malformed token", admit("Authorization: Bearer x"));
        expect(401, "malformed token", admit("Authorization: Bearer a b c"));
        expect(401, "unsupported algorithm", admit("Authorization: Bearer eyJhbGciOiJub25lIn0.e30."));
        String signature = token.substring(token.lastIndexOf('.') + 1);
        expect(
                401,
                "bad signature",
                admit("Authorization: Bearer " + token.replace(signature, TestIssuer.base64(new byte[64]))));
        expect(431, "longer than 16384 bytes", admit("Authorization: Bearer " + "x".repeat(17_000)));
        assertThat(admit("Authorization: Bearer " + token)).isInstanceOf(Decision.Allow.class);
    }

    @Test
    void narrowsToTheAudience() {
        String narrow = ((Issued) iam.exchange(iam.issuer.token(), "scope=function", "audience=dev:env")).token();
        assertThat(admit("Authorization: Bearer " + narrow)).isInstanceOf(Decision.Allow.class);
        expect(403, "", admit(new FunctionName("other", "dev"), iam.peer(), "Authorization: Bearer " + narrow));
    }

    @Test
    void stopsASourceThatGuesses_butNoKnownToken() {
        InetSocketAddress guesser = iam.peer();
        assertThat(admit("Authorization: Bearer " + token)).isInstanceOf(Decision.Allow.class);
        for (int i = 0; i < 20; i++) {
            expect(401, "", admit(ENV, guesser, "Authorization: Bearer guess" + i));
        }
        expect(429, "too many failed authentications", admit(ENV, guesser, "Authorization: Bearer guess"));
        assertThat(admit(ENV, guesser, "Authorization: Bearer " + token)).isInstanceOf(Decision.Allow.class);
    }
}
