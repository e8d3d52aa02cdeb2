package sluice.queue.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The Standard Webhooks scheme. */
class SignatureTest {
    /** Secret, content and signature that implementations of the scheme are tested with. */
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static final String OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    @Test
    void isThePublishedOne() {
        HttpHeaders signed = sign(List.of(key(SECRET)));
        assertThat(signed.get("webhook-id")).isEqualTo("msg_p5jXN8AQM9LWM0D4loKWxJek");
        assertThat(signed.get("webhook-timestamp")).isEqualTo("1614265330");
        assertThat(signed.get("webhook-signature")).isEqualTo(SIGNATURE);
    }

    @Test
    void hasOneForEachKey_whileAKeyIsReplaced() {
        String both = sign(List.of(key(OTHER), key(SECRET))).get("webhook-signature");
        assertThat(both).endsWith(" " + SIGNATURE);
        assertThat(both.split(" ", -1)).hasSize(2).allMatch(one -> one.startsWith("v1,"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "whsec_",
                "whsec_c2hvcnQ=",
                "whsec_!!!!9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
            })
    void needsASecretOfTheScheme(String text) {
        assertThat(SigningKey.parse(text)).isEmpty();
    }

    @Test
    void neverShowsASecret(@TempDir Path directory) throws IOException {
        assertThat(key(SECRET)).hasToString("whsec_…");
        Path file = Files.writeString(directory.resolve("keys"), "secret-that-is-none");
        assertThatThrownBy(() -> SigningKeys.open(file.toString(), Schedulers.immediate(), () -> 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("SLUICE_CALLBACK_KEY_FILE: " + file)
                .hasMessageNotContaining("secret-that-is-none");
    }

    @Test
    void readsItsKeysAnew_andKeepsThemWhenTheFileIsBroken(@TempDir Path directory) throws IOException {
        AtomicLong now = new AtomicLong();
        Path file = Files.writeString(directory.resolve("keys"), SECRET + "\n");
        SigningKeys keys = SigningKeys.open(file.toString(), Schedulers.immediate(), now::get);
        assertThat(keys.current().block()).hasSize(1);
        Files.writeString(file, SECRET + "\n" + OTHER + "\n");
        now.addAndGet(9_000_000_000L);
        assertThat(keys.current().block()).hasSize(1);
        now.addAndGet(1_000_000_000L);
        assertThat(keys.current().block()).hasSize(2);
        Files.writeString(file, "broken");
        now.addAndGet(10_000_000_000L);
        assertThat(keys.current().block()).hasSize(2);
        Files.delete(file);
        now.addAndGet(10_000_000_000L);
        assertThat(keys.current().block()).hasSize(2);
    }

    @Test
    void signsNothing_withoutAFile() {
        assertThat(SigningKeys.open("", Schedulers.immediate(), () -> 0)
                        .current()
                        .block())
                .isEmpty();
    }

    private static HttpHeaders sign(List<SigningKey> keys) {
        Flux<ByteBuf> body = Flux.just("{\"test\"", ": ", "2432232314}")
                .map(part -> Unpooled.copiedBuffer(part, StandardCharsets.UTF_8));
        return Objects.requireNonNull(
                Signature.sign(new DefaultHttpHeaders(), keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
                        .block());
    }

    private static SigningKey key(String text) {
        return SigningKey.parse(text).orElseThrow();
    }
}
