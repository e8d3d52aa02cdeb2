package sluice.kube;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.core.FailureException;

class ClientKeyTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"PRIVATE KEY, true", "PRIVATE KEY, false", "EC PRIVATE KEY, true", "EC PRIVATE KEY, false"})
    void saysWhatToDo_aboutAKeyOfAnEllipticCurve(String title, boolean isInline) throws Exception {
        String kubeconfig = kubeconfig(pem(title, key("EC")), isInline);

        assertThatThrownBy(() -> Cluster.of(config(kubeconfig), new ApiMetrics()))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("of the kind EC")
                .hasMessageContaining("kubectl create token");
    }

    @Test
    void takesOneOfTheKindRsa() throws Exception {
        String pem = pem("PRIVATE KEY", key("RSA"));

        assertThatCode(() -> ClientKey.requireReadable(new io.fabric8.kubernetes.client.ConfigBuilder()
                        .withAutoConfigure(false)
                        .withClientKeyData(Base64.getEncoder().encodeToString(pem.getBytes(US_ASCII)))
                        .build()))
                .doesNotThrowAnyException();
    }

    private static KubeConfig config(String kubeconfig) {
        return KubeProviderContract.config(kubeconfig, Functions.NAMESPACE, Map.of());
    }

    private String kubeconfig(String pem, boolean isInline) throws IOException {
        Path key = Files.writeString(directory.resolve("client.key"), pem);
        String field = isInline
                ? "client-key-data: " + Base64.getEncoder().encodeToString(pem.getBytes(US_ASCII))
                : "client-key: " + key;
        return Files.writeString(directory.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: test
                clusters: [{name: test, cluster: {server: "https://127.0.0.1:1"}}]
                users: [{name: test, user: {%s}}]
                contexts: [{name: test, context: {cluster: test, user: test}}]
                """.formatted(field))
                .toString();
    }

    private static byte[] key(String kind) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        generator.initialize(kind.equals("EC") ? 256 : 2_048);
        return generator.generateKeyPair().getPrivate().getEncoded();
    }

    private static String pem(String title, byte[] bytes) {
        return "-----BEGIN " + title + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + title
                + "-----\n";
    }
}
