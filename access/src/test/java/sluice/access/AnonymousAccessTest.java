package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import sluice.core.Action;

class AnonymousAccessTest {
    private static final InetSocketAddress PEER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 50_000);
    private final AnonymousAccess access = new AnonymousAccess();

    @Test
    void ignoresAuthorization() {
        for (String value : new String[] {"Bearer ", "Bearer x", "Basic x"}) {
            HttpHeaders headers = new DefaultHttpHeaders().add("Authorization", value);
            assertThat(access.check(headers, PEER, Action.FUNCTION_CREATE, "openfaas-fn"))
                    .isEqualTo(AnonymousAccess.ALLOWED);
            assertThat(access.isOwnCredential(value)).isFalse();
        }
    }
}
