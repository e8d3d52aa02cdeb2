package sluice.access;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import sluice.access.token.SystemIssuer;
import sluice.access.token.TestIssuer;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.Settings;
import sluice.core.TokenDesk;

/** Access control over a directory of objects that trust a {@link TestIssuer}; each question comes from a new address. */
final class IamFixture implements AutoCloseable {
    static final String GATEWAY = "https://gw.example.net";

    final TestIssuer issuer = new TestIssuer();
    final TestIssuer other = new TestIssuer();
    final TestIssuer stranger = new TestIssuer();
    final Path home;
    final AccessControl access;
    private final AtomicInteger addresses = new AtomicInteger();

    IamFixture(Path home, String... settings) throws IOException {
        this.home = home;
        Files.createDirectories(home.resolve("access.d"));
        Files.writeString(home.resolve("access.d/all.yaml"), objects());
        Map<String, String> environment = new HashMap<>(Map.of(
                "SLUICE_AUTH_IAM_DIR",
                home.resolve("access.d").toString(),
                "system_issuer",
                GATEWAY,
                "auditing",
                "true",
                "auditing_http_verbs",
                "GET,POST"));
        for (String setting : settings) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        Settings read = new Settings(environment);
        AccessConfig config = AccessConfig.from(read, home);
        if (!read.problems().isEmpty()) {
            throw new AssertionError(read.problems());
        }
        access = AccessControl.open(config, "http://unused");
    }

    private String objects() {
        String issuers = List.of(issuer, other).stream()
                .map(each -> """
                        apiVersion: iam.openfaas.com/v1
                        kind: JwtIssuer
                        metadata: {name: i%s}
                        spec: {iss: "%s", aud: ["%s"], tokenExpiry: 20m}
                        ---
                        """.formatted(each.url().replaceAll("\\D", ""), each.url(), TestIssuer.AUDIENCE))
                .collect(Collectors.joining());
        return issuers + """
                apiVersion: iam.openfaas.com/v1
                kind: Policy
                metadata: {name: reader}
                spec:
                  statement:
                  - {sid: read, effect: Allow, action: ["Function:List"], resource: ["dev:*"]}
                  - {sid: call, effect: Allow, action: ["Function:Invoke"], resource: ["dev:env"]}
                ---
                apiVersion: iam.openfaas.com/v1
                kind: Policy
                metadata: {name: root-user}
                spec: {statement: [{sid: all, effect: Allow, action: ["*"], resource: ["*"]}]}
                ---
                apiVersion: iam.openfaas.com/v1
                kind: Role
                metadata: {name: readers}
                spec:
                  policy: [reader]
                  principal: {"jwt:sub": [alice]}
                  condition: {StringEqual: {"jwt:iss": ["%s"]}}
                """.formatted(issuer.url());
    }

    static HttpHeaders headers(String... authorizations) {
        HttpHeaders headers = new DefaultHttpHeaders();
        Arrays.stream(authorizations).forEach(value -> headers.add("Authorization", value));
        return headers;
    }

    InetSocketAddress peer() {
        int n = addresses.incrementAndGet();
        return new InetSocketAddress("10." + (n >> 16) + "." + (n >> 8 & 255) + "." + (n & 255), 50_000);
    }

    /** The answer to a question about functions of {@code dev}. */
    Decision ask(String... authorizations) {
        return ask(Action.FUNCTION_LIST, "dev", authorizations);
    }

    Decision ask(Action action, String namespace, String... authorizations) {
        Decision decision = access.check(headers(authorizations), peer(), action, namespace);
        return settled(decision);
    }

    static Decision settled(Decision decision) {
        return decision instanceof Decision.Ask ask
                ? Objects.requireNonNull(ask.answer().block(Duration.ofSeconds(20)))
                : decision;
    }

    Decision bearer(String token) {
        return ask("Bearer " + token);
    }

    /** A token with these claims, signed by the gateway's own key. */
    String signed(ObjectNode claims) throws IOException {
        return SystemIssuer.open(
                        GATEWAY,
                        home.resolve("access/issuer.key"),
                        false,
                        Duration.ZERO,
                        Duration.ofHours(24),
                        Clock.systemUTC())
                .sign(claims);
    }

    TokenDesk.Exchange exchange(String token, String... more) {
        Map<String, List<String>> form = new LinkedHashMap<>();
        form.put("grant_type", List.of("urn:ietf:params:oauth:grant-type:token-exchange"));
        form.put("subject_token_type", List.of("urn:ietf:params:oauth:token-type:id_token"));
        form.put("subject_token", List.of(token));
        for (String each : more) {
            String[] pair = each.split("=", 2);
            form.merge(pair[0], List.of(pair[1]), IamFixture::both);
        }
        return exchange(form);
    }

    TokenDesk.Exchange exchange(Map<String, List<String>> form) {
        return exchange(form, peer());
    }

    TokenDesk.Exchange exchange(Map<String, List<String>> form, InetSocketAddress peer) {
        TokenDesk desk = Objects.requireNonNull(access.desks().desk());
        return Objects.requireNonNull(
                desk.exchange(new TokenDesk.Request(form, peer, "call-1")).block(Duration.ofSeconds(20)));
    }

    private static List<String> both(List<String> first, List<String> second) {
        return java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
    }

    @Override
    public void close() {
        access.close();
        issuer.close();
        other.close();
        stranger.close();
    }
}
