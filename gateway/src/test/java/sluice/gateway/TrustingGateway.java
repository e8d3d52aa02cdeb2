package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import sluice.access.token.TestIssuer;
import sluice.http.RawHttp;

/** A whole gateway that trusts a {@link TestIssuer}, whose tokens all have one policy, and functions that print their variables. */
final class TrustingGateway implements AutoCloseable {
    final TestIssuer issuer = new TestIssuer();
    final TestGateway gateway;

    /**
     * Starts it.
     *
     * @param home where objects and data are kept
     * @param statements of the policy, YAML
     */
    TrustingGateway(Path home, String statements, Map<String, String> settings) throws IOException {
        Path objects = trust(home, issuer, statements);
        Map<String, String> all = new HashMap<>(settings);
        all.put("SLUICE_AUTH_IAM_DIR", objects.toString());
        all.put("system_issuer", "https://gw.example.net");
        gateway = new TestGateway(home.resolve("data"), all);
    }

    /**
     * Objects that trust {@code issuer}, whose tokens all have one policy.
     *
     * @param statements of the policy, YAML in one line
     */
    static Path trust(Path home, TestIssuer issuer, String statements) throws IOException {
        Path objects = Files.createDirectory(home.resolve("access.d"));
        Files.writeString(objects.resolve("all.yaml"), """
                apiVersion: iam.openfaas.com/v1
                kind: JwtIssuer
                metadata: {name: test}
                spec: {iss: "%1$s", aud: ["%2$s"]}
                ---
                apiVersion: iam.openfaas.com/v1
                kind: Policy
                metadata: {name: holder}
                spec: {statement: %3$s}
                ---
                apiVersion: iam.openfaas.com/v1
                kind: Role
                metadata: {name: holder}
                spec: {policy: [holder], condition: {StringEqual: {"jwt:iss": ["%1$s"]}}}
                """.formatted(issuer.url(), TestIssuer.AUDIENCE, statements));
        return objects;
    }

    int port() {
        return gateway.port();
    }

    /** Deploys a function with these further members, and waits until it has a replica. */
    void deploy(String name, String more) throws Exception {
        String json = "{\"service\":\"" + name + "\",\"image\":\"env\",\"envProcess\":\"env\"," + more + "}";
        RawHttp.Reply reply = system("POST", "/system/functions", json);
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
        Patience.until(
                name + " has a replica",
                () -> system("GET", "/system/function/" + name, "").body().contains("\"availableReplicas\":1"));
    }

    /** A call of the control plane by its first user. */
    RawHttp.Reply system(String method, String path, String json) throws IOException {
        return RawHttp.exchange(port(), method, path, json, "Authorization: " + gateway.authorization());
    }

    @Override
    public void close() {
        gateway.close();
        issuer.close();
    }
}
