package sluice.queue.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import sluice.core.Identity;

final class KeptHeadTest {
    private final HttpHeaders fields = new DefaultHttpHeaders().add("A", "1").add("A", "2");

    @Test
    void keepsFieldsAndWhoWasAdmitted() {
        Identity who = new Identity(
                "function",
                "fed:J\u00f6rg \u5317 %+",
                "https://gw",
                "https://idp",
                "id-1",
                "id-0",
                Instant.ofEpochSecond(1_799_000_000),
                Instant.ofEpochSecond(1_800_000_000));
        KeptHead read = KeptHead.parse(new KeptHead(fields, who).bytes());
        assertThat(read.admitted()).isEqualTo(who);
        assertThat(read.headers().getAll("A")).containsExactly("1", "2");
        assertThat(read.headers().names()).containsExactly("A");
        Identity endless = Identity.of("basic", "admin");
        assertThat(KeptHead.parse(new KeptHead(fields, endless).bytes()).admitted())
                .isEqualTo(endless);
    }

    @Test
    void readsFieldsWithoutAnybody_alsoThoseThatAnEarlierReleaseKept() {
        assertThat(new KeptHead(fields, null).bytes()).isEqualTo(HeaderBytes.of(fields));
        assertThat(KeptHead.parse(HeaderBytes.of(fields)).admitted()).isNull();
    }

    @Test
    void readsWhoWasAdmitted_asAnEarlierReleaseKeptIt() {
        byte[] former = HeaderBytes.of(":admitted", "function alice https%3A%2F%2Fgw  id-1 1800000000");
        assertThat(KeptHead.parse(former).admitted())
                .isEqualTo(new Identity(
                        "function", "alice", "https://gw", "", "id-1", Instant.ofEpochSecond(1_800_000_000)));
    }

    @Test
    void refusesAnIdentityThatIsCut() {
        assertThatIllegalArgumentException().isThrownBy(() -> KeptHead.parse(HeaderBytes.of(":admitted", "a b")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeptHead.parse(HeaderBytes.of(":admitted", "a b c d e tomorrow")));
    }
}
