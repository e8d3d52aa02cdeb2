package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two ports: one for those who call functions, one for those who run them. */
class ControlPortTest {
    private final TestGateway gateway = new TestGateway(Map.of("SLUICE_CONTROL_PORT", "0"));

    @AfterEach
    void stop() {
        gateway.close();
    }

    private RawHttp.Reply at(int port, String method, String target) {
        return RawHttp.exchange(port, method, target, "", TestGateway.CREDENTIALS);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /system/functions",
        "POST, /system/functions",
        "PATCH, /system/functions",
        "GET, /system/info",
        "GET, /system/calls",
        "GET, /ui/",
        "GET, /ui/index.html",
        "GET, /",
        "GET, /openapi.yaml",
        "GET, /issue-jwt",
        "GET, /nowhere"
    })
    void showsCallersNothingOfTheControlPlane(String method, String target) {
        RawHttp.Reply reply = at(gateway.server.port(), method, target);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.body()).isEqualTo("404 page not found\n");
        assertThat(gateway.gate.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/system/functions, 200",
        "/system/info, 200",
        "/ui/, 200",
        "/, 307",
        "/openapi.yaml, 200",
        "/healthz, 200",
        "/nowhere, 404"
    })
    void hasAllOfItOnItsOwnPort(String target, int status) {
        assertThat(gateway.server.controlPort()).isNotEqualTo(gateway.server.port());
        assertThat(at(gateway.server.controlPort(), "GET", target).status()).isEqualTo(status);
    }

    @Test
    void leavesCallersWhatTheyNeed() {
        assertThat(at(gateway.server.port(), "GET", "/healthz").status()).isEqualTo(200);
        assertThat(at(gateway.server.port(), "POST", "/async-function/absent").status())
                .as("no such function, rather than no such page")
                .isEqualTo(404);
        assertThat(at(gateway.server.port(), "POST", "/async-function/absent").body())
                .contains("absent");
        assertThat(at(gateway.server.port(), "GET", "/x/../system/functions").status())
                .isEqualTo(301);
    }

    @Test
    void closesBothPorts() throws IOException {
        TestGateway other = new TestGateway(Map.of("SLUICE_CONTROL_PORT", "0"));
        int control = other.server.controlPort();
        try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), control)) {
            idle.setSoTimeout(20_000);
            idle.getOutputStream()
                    .write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(RawHttp.read(idle.getInputStream(), "GET").status()).isEqualTo(200);
            other.close();
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
        }
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), control).close())
                .isInstanceOf(ConnectException.class);
    }
}
