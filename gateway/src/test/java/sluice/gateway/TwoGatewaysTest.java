package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.fleet.nats.NatsServer;

/** Two gateways that share a NATS server: a call that one accepts, either runs, and both tell of. */
final class TwoGatewaysTest {
    @TempDir
    private Path dataDir;

    private final HttpClient client = HttpClient.newHttpClient();
    private NatsServer nats;
    private TestGateway first;
    private TestGateway second;

    @BeforeEach
    @Timeout(300) // a server may have to be fetched
    void start() throws IOException, InterruptedException {
        nats = NatsServer.newest();
        Map<String, String> settings = Map.of("SLUICE_NATS", nats.url());
        first = new TestGateway(dataDir.resolve("first"), settings);
        second = new TestGateway(dataDir.resolve("second"), settings);
        for (TestGateway gateway : new TestGateway[] {first, second}) {
            String json = "{\"service\":\"echo\",\"image\":\"echo\",\"envProcess\":\"cat\"}";
            HttpRequest deploy = HttpRequest.newBuilder(to(gateway, "/system/functions"))
                    .header("Authorization", gateway.authorization())
                    .POST(BodyPublishers.ofString(json))
                    .build();
            assertThat(client.send(deploy, BodyHandlers.ofString()).statusCode())
                    .isBetween(200, 202);
        }
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
        nats.close();
    }

    @Test
    void runsACallThatTheOtherAccepted_andBothTellItsResult() throws Exception {
        HttpRequest submit = HttpRequest.newBuilder(to(first, "/async-function/echo"))
                .POST(BodyPublishers.ofString("hello"))
                .build();
        HttpResponse<String> accepted = client.send(submit, BodyHandlers.ofString());
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        String callId = accepted.headers().firstValue("X-Call-Id").orElseThrow();

        for (TestGateway gateway : new TestGateway[] {second, first}) {
            HttpRequest read = HttpRequest.newBuilder(to(gateway, "/async-function/" + callId + "/result?wait=20s"))
                    .build();
            HttpResponse<String> result = client.send(read, BodyHandlers.ofString());
            assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
            assertThat(result.body()).isEqualTo("hello");
        }
    }

    private static URI to(TestGateway gateway, String path) {
        return URI.create("http://127.0.0.1:" + gateway.port() + path);
    }
}
