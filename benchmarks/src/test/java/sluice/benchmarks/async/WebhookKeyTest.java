package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class WebhookKeyTest {
    // The example of the Standard Webhooks libraries.
    private static final WebhookKey KEY = WebhookKey.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final String TIME = "1614265330";
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    @Test
    void knowsTheExampleOfTheScheme_alsoAmongOthers() {
        assertThat(KEY.verifies(ID, TIME, BODY, SIGNATURE)).isTrue();
        assertThat(KEY.verifies(ID, TIME, BODY, "v1,AAAA " + SIGNATURE)).isTrue();
    }

    @Test
    void refusesWhatIsSignedOtherwise() {
        assertThat(KEY.verifies(ID, TIME, BODY, "")).isFalse();
        assertThat(KEY.verifies(ID, "1614265331", BODY, SIGNATURE)).isFalse();
        assertThat(KEY.verifies("msg_x", TIME, BODY, SIGNATURE)).isFalse();
        assertThat(WebhookKey.random().verifies(ID, TIME, BODY, SIGNATURE)).isFalse();
    }

    @Test
    void writesTheSecretAsTheKeyFileHasIt() {
        assertThat(KEY.text()).isEqualTo("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }
}
