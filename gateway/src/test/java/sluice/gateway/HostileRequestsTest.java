package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import sluice.http.RawHttp;

/**
 * Requests that should not get in, byte by byte over a socket to a whole gateway: each with its answer, which nobody may keep,
 * and without a word of a credential in any log.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileRequestsTest {
    private static final String LIST = "GET /system/functions HTTP/1.1\r\nHost: x\r\n";
    private static final String BEARER = "Authorization: Bearer ";
    private static final AtomicInteger ADDRESSES = new AtomicInteger();
    private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();
    private static final List<String> SECRETS = new ArrayList<>();

    @TempDir
    static Path home;

    private static TrustingGateway trusting;
    private static String basic = "";
    private static String api = "";
    private static String function = "";
    private static String namespace = "";
    private static String foreign = "";

    @BeforeAll
    static void start() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        LOGGED.start();
        root.addAppender(LOGGED);
        ((Logger) LoggerFactory.getLogger("sluice")).setLevel(Level.TRACE);
        trusting = new TrustingGateway(home, """
                [{sid: a, effect: Allow, action: ["Function:*"], resource: ["openfaas-fn:*"]}]""", Map.of());
        trusting.deploy("guarded", "\"annotations\":{\"sluice_jwt_auth\":\"true\"}");
        trusting.deploy("open", "\"labels\":{}");
        trusting.deploy("secret", "\"privacy\":\"private\"");
        basic = trusting.gateway.authorization();
        foreign = trusting.issuer.token();
        api = exchanged("");
        function = exchanged("&scope=function");
        namespace = new ObjectMapper()
                .readTree(trusting.system("GET", "/system/issue-jwt?namespace_id=openfaas-fn", "")
                        .body())
                .path("token")
                .asText();
        SECRETS.addAll(List.of(basic.substring("Basic ".length()), foreign, api, function, namespace));
    }

    @AfterAll
    static void stop() {
        trusting.close();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOGGED);
        ((Logger) LoggerFactory.getLogger("sluice")).setLevel(null);
        for (ILoggingEvent event : List.copyOf(LOGGED.list)) {
            for (String secret : SECRETS) {
                assertThat(Arrays.stream(secret.split("\\.", -1))
                                .filter(part -> part.length() >= 24)
                                .noneMatch(event.getFormattedMessage()::contains))
                        .as(event.getFormattedMessage())
                        .isTrue();
            }
        }
    }

    private static String form(String token, String more) {
        return "grant_type=" + encoded("urn:ietf:params:oauth:grant-type:token-exchange")
                + "&subject_token_type=" + encoded("urn:ietf:params:oauth:token-type:id_token")
                + "&subject_token=" + encoded(token) + more;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String exchanged(String more) throws IOException {
        RawHttp.Reply reply = RawHttp.exchange(
                trusting.port(),
                "POST",
                "/oauth/token",
                form(trusting.issuer.token(), more),
                "Content-Type: application/x-www-form-urlencoded");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return new ObjectMapper().readTree(reply.body()).path("access_token").asText();
    }

    /** The whole answer to these bytes, from an address that nobody has used yet. */
    private static String send(String request) throws IOException {
        return send(request, ADDRESSES.incrementAndGet());
    }

    private static String send(String request, int address) throws IOException {
        return Stranger.send(trusting.port(), 3 << 16 | address, request);
    }

    private static String get(String target, String... fields) {
        return request("GET", target, "", fields);
    }

    private static String request(String method, String target, String body, String... fields) {
        StringBuilder request =
                new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        return request + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n") + "\r\n" + body;
    }

    private static String exchange(String body) {
        return request("POST", "/oauth/token", body, "Content-Type: application/x-www-form-urlencoded");
    }

    private static Arguments row(String name, String request, int status, String text) {
        return Arguments.of(name, request, status, text);
    }

    static Stream<Arguments> requests() {
        String end = "Connection: close\r\n\r\n";
        String good = BEARER + api;
        String ofBasic = "Authorization: " + basic;
        String wrong = "Authorization: Basic b3BzOndyb25n";
        return Stream.of(
                row("1 no credential", get("/system/functions"), 401, "authentication required"),
                row("2 wrong user and password", get("/system/functions", wrong), 401, "invalid credentials"),
                row("5 two that differ", get("/system/functions", good, ofBasic), 400, "more than one"),
                row("5 the same twice", get("/system/functions", good, good), 200, "guarded"),
                row("6 folded", LIST + BEARER + "\r\n " + api + "\r\n" + end, 400, ""),
                row("6 byte E9", get("/system/functions", BEARER + "caf\u00e9"), 401, "malformed token"),
                row("6 empty token", get("/system/functions", BEARER), 401, "malformed token"),
                row("7 blank before the colon", LIST + "Authorization : Bearer x\r\n" + end, 400, ""),
                row("7 NUL in the value", LIST + BEARER + "a\0b\r\n" + end, 400, ""),
                row("8 head of 40 KiB", get("/system/functions", "X: " + "x".repeat(40_000)), 431, ""),
                row("8 token of 17 KiB", get("/system/functions", BEARER + "x".repeat(17_000)), 431, "longer than"),
                row("9 scheme in lower case", get("/system/functions", "authorization: bearer " + api), 200, "guarded"),
                row("30 token for functions", get("/system/functions", BEARER + function), 401, "wrong token type"),
                row("30 private token", get("/system/functions", BEARER + namespace), 401, ""),
                row("30 API token for a function", get("/function/guarded", good), 401, "wrong token type"),
                row("31 issuer's token", get("/system/functions", BEARER + foreign), 401, "exchange"),
                row("34 subject token twice", exchange(form(foreign, "&subject_token=x")), 400, "twice"),
                row("34 in the query", request("POST", "/oauth/token?" + form("x", ""), ""), 400, "invalid_request"),
                row("34 JSON", request("POST", "/oauth/token", "{\"grant_type\":\"x\"}"), 400, "send a form"),
                row("34 1 MiB", exchange(form("x".repeat(1 << 20), "")), 413, ""),
                row("34 not posted", get("/oauth/token"), 405, ""),
                row("36 unknown grant", exchange("grant_type=password"), 400, "unsupported_grant_type"),
                row("36 API token again", exchange(form(api, "")), 400, "invalid_request"),
                row(
                        "43 two namespaces",
                        request(
                                "DELETE",
                                "/system/functions?namespace=openfaas-fn",
                                "{\"functionName\":\"open\",\"namespace\":\"staging\"}",
                                good),
                        400,
                        "different ones"),
                row("44 dots", get("/system/../function/open"), 301, ""),
                row("44 escaped dots", get("/system/%2e%2e/function/open"), 301, ""),
                row("44 two slashes", get("//system/functions"), 301, ""),
                row("44 escaped NUL", get("/system/functions%00"), 400, ""),
                row("44 capitals", get("/SYSTEM/functions"), 404, ""),
                row("44 no such page", get("/system/nope"), 404, ""),
                row(
                        "45 namespace behind a namespace",
                        get("/function/guarded.openfaas-fn.staging", BEARER + function),
                        404,
                        "guarded.openfaas-fn.staging"),
                row("45 escaped dot, token", get("/function/guarded%2Eopenfaas-fn", BEARER + function), 200, ""),
                row("45 escaped dot, none", get("/function/guarded%2Eopenfaas-fn"), 401, "Bearer must be present"),
                row(
                        "46 namespace twice",
                        request(
                                "POST",
                                "/system/functions",
                                "{\"service\":\"a\",\"image\":\"i\",\"namespace\":\"openfaas-fn\",\"namespace\":\"staging\"}",
                                good),
                        400,
                        "Duplicate field 'namespace'"),
                row(
                        "46 Namespace",
                        request(
                                "POST",
                                "/system/functions",
                                "{\"service\":\"a\",\"image\":\"i\",\"Namespace\":\"staging\"}",
                                good),
                        403,
                        "Function:Create on staging"),
                row("47 private, no token", get("/function/secret"), 404, "no such function"),
                row("48 private, garbage", get("/function/secret", "X-Sluice-Token: x"), 401, "not valid"),
                row(
                        "51 two private tokens",
                        get("/function/secret", "SCW_FUNCTIONS_TOKEN: x", "SCW-Functions-Token: y"),
                        400,
                        "more than one token"),
                row(
                        "52 both ids",
                        get("/system/issue-jwt?namespace_id=a&function_id=b", ofBasic),
                        400,
                        "name exactly one"),
                row(
                        "64 certificate in a field",
                        get("/system/functions", "X-Forwarded-Client-Cert: Subject=\"CN=admin\""),
                        401,
                        "authentication required"),
                row(
                        "69 another site",
                        request(
                                "POST",
                                "/system/functions",
                                "{\"service\":\"a\",\"image\":\"i\"}",
                                ofBasic,
                                "Sec-Fetch-Site: cross-site"),
                        403,
                        "cross-site"),
                row(
                        "70 a name that is the gateway's to give",
                        request(
                                "POST",
                                "/system/functions",
                                "{\"service\":\"a\",\"image\":\"i\",\"envVars\":{\"SCW_PUBLIC_KEY\":\"x\"}}",
                                ofBasic),
                        400,
                        "SCW_PUBLIC_KEY"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void answersEachRequestAsItDeserves(String name, String request, int status, String text) throws IOException {
        String answer = send(request);
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains(text);
        String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
        if (status == 401 || status == 403) {
            assertThat(head).contains("cache-control: no-store");
            assertThat(answer).as("the function was not called").doesNotContain("Http_Method");
        }
        if (name.startsWith("1 ")) {
            assertThat(head)
                    .contains("www-authenticate: basic realm=", "www-authenticate: bearer realm=")
                    .doesNotContain("error=");
        }
    }

    @Test
    void believesNobodyWhoSpeaksForOthers() throws IOException {
        int guesser = ADDRESSES.incrementAndGet();
        for (int i = 0; i < 20; i++) {
            assertThat(send(get("/system/functions", BEARER + "x" + i, "X-Forwarded-For: 10.9.8." + i), guesser))
                    .startsWith("HTTP/1.1 401");
        }
        assertThat(send(get("/system/functions", BEARER + "x", "X-Forwarded-For: 10.9.8.7"), guesser))
                .startsWith("HTTP/1.1 429");
        assertThat(send(get("/system/functions", BEARER + api, "X-Forwarded-For: 127.3.0." + guesser)))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void handsFunctionsNothingWithWhichTheyCouldActForTheirCallers() throws IOException {
        String echo = send(
                get("/function/open", BEARER + api, "X-Forwarded-Client-Cert: Subject=\"CN=admin\"", "X-Own: kept"));
        assertThat(echo)
                .startsWith("HTTP/1.1 200")
                .contains("Http_X_Own=kept")
                .doesNotContain("Http_Authorization", "Client_Cert");
        assertThat(send(get("/function/open", "Authorization: " + basic))).doesNotContain("Http_Authorization");
        assertThat(send(get("/function/open", BEARER + "its-own"))).contains("Http_Authorization=Bearer its-own");
    }

    @Test
    void endsAStreamWithTheTokenOfItsReader(@TempDir Path other) throws Exception {
        try (TrustingGateway federated =
                new TrustingGateway(other, """
                [{sid: a, effect: Allow, action: ["Function:Logs"], resource: ["openfaas-fn:*"]}]""", Map.of("SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER", "true"))) {
            federated.deploy("open", "\"labels\":{}");
            Map<String, Object> claims = federated.issuer.claims();
            Instant end = Instant.now().plusSeconds(3);
            claims.put("exp", end.getEpochSecond());
            RawHttp.Reply stream = RawHttp.exchange( // returns when the stream ends
                    federated.port(),
                    "GET",
                    "/system/logs?name=open&follow=true",
                    "",
                    BEARER + federated.issuer.token(claims));
            assertThat(stream.status()).isEqualTo(200);
            assertThat(Duration.between(end, Instant.now())).isBetween(Duration.ofSeconds(-2), Duration.ofSeconds(10));
        }
    }
}
