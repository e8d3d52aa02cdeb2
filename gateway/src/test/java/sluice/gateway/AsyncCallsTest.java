package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Asynchronous calls through the whole gateway: real functions, the real journal. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AsyncCallsTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    static Path dataDir;

    @TempDir
    static Path files;

    private static TestGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = new TestGateway(dataDir, Map.of("SLUICE_HOLD_WAIT", "20s"));
        deploy("wc", "wc -c");
        deploy("echo", "cat");
        deploy("fails", "sh -c 'echo broken; exit 3'");
        deploy("sleeps", "sh -c 'touch " + files.resolve("begun") + "; exec sleep 30'");
        deploy("collects", "sh -c 'env > " + files.resolve("head") + "; cat > " + files.resolve("callback") + "'");
        deploy("keeps", "sh -c 'env > " + files.resolve("env") + "; cat > " + files.resolve("kept") + "'");
    }

    @AfterAll
    @Timeout(90)
    static void stop() {
        gateway.close();
    }

    @Test
    void makesTheCallLater_andKeepsWhatTheFunctionSaid() throws Exception {
        HttpResponse<String> submitted = send("POST", "/async-function/wc", "hello");
        assertThat(submitted.statusCode()).isEqualTo(202);
        String location = submitted.headers().firstValue("Location").orElseThrow();
        HttpResponse<String> status = send("GET", location + "?wait=60s", "");
        assertThat(status.body()).contains("\"state\":\"completed\"", "\"httpStatus\":200", "\"attempt\":1");
        HttpResponse<String> result = send("GET", location + "/result", "");
        assertThat(result.statusCode()).isEqualTo(200);
        assertThat(result.body().strip()).isEqualTo("5");
        assertThat(result.headers().firstValue("X-Function-Status")).contains("200");
        assertThat(send("GET", location + "/result", "", "Range", "bytes=0-0").statusCode())
                .isEqualTo(206);
        assertThat(send("DELETE", location, "").statusCode()).isEqualTo(409);
    }

    @Test
    void givesTheFunctionWhatTheClientSent() throws Exception {
        HttpResponse<String> done = send(
                "PUT",
                "/async-function/keeps/a%2Fb/c?d=%20e",
                "the body",
                "Prefer",
                "wait=60",
                "X-Colour",
                "blue",
                "Authorization",
                "Bearer its-own");
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
        assertThat(Files.readString(files.resolve("kept"))).isEqualTo("the body");
        assertThat(Files.readString(files.resolve("env")))
                .contains("Http_Method=PUT", "Http_Path=/a%2Fb/c", "Http_Query=d=%20e", "Http_X_Colour=blue")
                .contains("Http_Authorization=Bearer its-own")
                .contains("Http_X_Call_Id="
                        + done.headers().firstValue("X-Call-Id").orElseThrow());
    }

    @Test
    void sendsTheResultOnToAnotherFunction_withoutTheCallersCredentials() throws Exception {
        String receiver = "http://127.0.0.1:" + gateway.port() + "/function/collects";
        HttpResponse<String> submitted = send(
                "POST", "/async-function/wc", "1234", "X-Callback-Url", receiver, "Authorization", "Bearer its-own");
        String location = submitted.headers().firstValue("Location").orElseThrow();
        Patience.until(
                "the callback is delivered",
                () -> send("GET", location, "").body().contains("\"state\":\"delivered\""));
        assertThat(Files.readString(files.resolve("callback")).strip()).isEqualTo("4");
        assertThat(Files.readString(files.resolve("head")))
                .contains("Http_X_Function_Status=200", "Http_X_Function_Name=wc")
                .contains("Http_X_Call_Id="
                        + submitted.headers().firstValue("X-Call-Id").orElseThrow())
                .doesNotContain("its-own");
    }

    @Test
    void answersInline_whenTheClientPrefersToWait() throws Exception {
        HttpResponse<String> wc = send("POST", "/function/wc", "12345678", "Prefer", "respond-async, wait=60");
        assertThat(wc.statusCode()).as(wc.body()).isEqualTo(200);
        assertThat(wc.body().strip()).isEqualTo("8");
        assertThat(wc.headers().firstValue("Preference-Applied")).contains("wait=60");
    }

    @Test
    void keepsTheSameRequestOnce() throws Exception {
        HttpResponse<String> first = send("POST", "/async-function/wc", "once", "Idempotency-Key", "k-1");
        HttpResponse<String> second = send("POST", "/async-function/wc", "once", "Idempotency-Key", "k-1");
        assertThat(second.headers().firstValue("X-Call-Id"))
                .isEqualTo(first.headers().firstValue("X-Call-Id"));
        assertThat(send("POST", "/async-function/wc", "twice", "Idempotency-Key", "k-1")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void retriesWhatFails_untilItIsCancelled() throws Exception {
        String location = submit("/async-function/fails", "x");
        Patience.until("the first attempt has failed, and another one follows", () -> {
            String told = send("GET", location, "").body(); // once: the next attempt may begin at any time
            return told.contains("\"state\":\"retrying\"")
                    && told.contains("\"httpStatus\":500")
                    && told.contains("\"nextAttemptAt\"");
        });
        assertThat(send("DELETE", location, "").statusCode()).isEqualTo(202);
        assertThat(send("GET", location, "").body()).contains("\"state\":\"cancelled\"");
    }

    @Test
    void abortsACallThatRuns() throws Exception {
        String location = submit("/async-function/sleeps", "x");
        Patience.until("the call runs", () -> Files.exists(files.resolve("begun")));
        assertThat(send("DELETE", location, "").statusCode()).isEqualTo(202);
        assertThat(send("GET", location + "?wait=10s", "").body()).contains("\"state\":\"cancelled\"");
        assertThat(send("DELETE", location, "").statusCode()).isEqualTo(202);
    }

    @Test
    void neverBeginsACallThatWasPutOffAndCancelled_andListsIt() throws Exception {
        HttpResponse<String> put =
                send("POST", "/async-function/wc", "x", "X-Sluice-Delay", "1h", "X-Sluice-Label", "batch=later");
        String location = put.headers().firstValue("Location").orElseThrow();
        String listed = admin("GET", "/system/calls?label=batch=later").body();
        assertThat(listed).contains("\"state\":\"queued\"", "\"batch\":\"later\"");
        assertThat(admin("DELETE", "/system/calls?label=batch=later").body()).isEqualTo("{\"cancelled\":1}");
        assertThat(send("GET", location, "").body()).contains("\"state\":\"cancelled\"", "\"attempt\":0");
    }

    @Test
    void pausesAFunction_andGoesOn() throws Exception {
        deploy("held", "cat");
        assertThat(admin("POST", "/system/calls/pause?function=held").statusCode())
                .isEqualTo(202);
        String location = submit("/async-function/held", "x");
        assertThat(send("GET", location + "?wait=300ms", "").body()).contains("\"state\":\"queued\"");
        assertThat(admin("GET", "/system/calls/paused").body()).contains("held.openfaas-fn");
        assertThat(admin("POST", "/system/calls/resume?function=held").statusCode())
                .isEqualTo(202);
        assertThat(send("GET", location + "?wait=60s", "").body()).contains("\"state\":\"completed\"");
    }

    @Test
    void tellsUnknownFunctionsAndCallsApart() throws Exception {
        assertThat(send("POST", "/async-function/nope", "x").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/async-function/3b241101-e2bb-4255-8caf-4136c566a962", "")
                        .statusCode())
                .isEqualTo(404);
    }

    private static String submit(String target, String body) throws Exception {
        HttpResponse<String> response = send("POST", target, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        return response.headers().firstValue("Location").orElseThrow();
    }

    private static HttpResponse<String> admin(String method, String target) throws Exception {
        return send(method, target, "", "Authorization", gateway.authorization());
    }

    private static void deploy(String name, String command) throws Exception {
        String deployment =
                "{\"service\":\"" + name + "\",\"image\":\"" + name + "\",\"envProcess\":\"" + command + "\"}";
        HttpResponse<String> response =
                send("POST", "/system/functions", deployment, "Authorization", gateway.authorization());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    }

    @CanIgnoreReturnValue
    private static HttpResponse<String> send(String method, String target, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + target))
                .timeout(Duration.ofSeconds(90))
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body.getBytes(UTF_8)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
