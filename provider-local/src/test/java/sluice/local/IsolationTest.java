package sluice.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static sluice.local.Workbench.await;
import static sluice.local.Workbench.function;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Secret;

/** What functions can see of each other, of the gateway and of the machine. */
class IsolationTest {
    @TempDir
    Path data;

    @Test
    void showsSecretsAtTheirThreePlaces() throws Exception {
        assumeTrue(Privileges.canMakeMountNamespaces());
        try (Workbench bench = Workbench.open(data)) {
            bench.provider.createSecret(secret("api-key", "s3cr3t\n")).block();
            bench.deploy(function(
                            "reader",
                            "sh -c 'cat /var/openfaas/secrets/api-key /run/secrets/api-key $OPENFAAS_SECRETS_PATH/api-key'")
                    .secrets("api-key"));

            assertThat(bench.get(bench.ready("reader"), "/").body()).isEqualTo("s3cr3t\n".repeat(3));
        }
    }

    @Test
    void hidesSecretsFromOtherFunctions() throws Exception {
        assumeTrue(Privileges.canMakeMountNamespaces());
        try (Workbench bench = Workbench.open(data)) {
            bench.provider.createSecret(secret("api-key", "s3cr3t")).block();
            bench.deploy(function("owner", "cat").secrets("api-key"));
            bench.ready("owner");
            bench.deploy(function(
                    "other",
                    "sh -c 'find /var/openfaas/secrets /run/secrets " + data + " -type f; grep -r s3cr3t " + data
                            + " /run/secrets /var/openfaas/secrets'"));

            assertThat(bench.get(bench.ready("other"), "/").body()).doesNotContain("s3cr3t", "api-key");
        }
    }

    @Test
    void showsANewValueToReplicasThatRun() throws Exception {
        assumeTrue(Privileges.canMakeMountNamespaces());
        try (Workbench bench = Workbench.open(data)) {
            bench.provider.createSecret(secret("api-key", "old")).block();
            bench.deploy(
                    function("watcher", "sh -c 'while :; do cat /var/openfaas/secrets/api-key; echo; sleep 0.05; done'")
                            .variables(Map.of("mode", "http"))
                            .secrets("api-key"));
            await(() -> bench.log("watcher"), log -> log.contains("old"));

            bench.provider.updateSecret(secret("api-key", "new")).block();

            await(() -> bench.log("watcher"), log -> log.contains("new"));
            assertThat(bench.log("watcher")).containsOnly("old", "new");
        }
    }

    @Test
    void leavesTheMachinesOwnMountsAlone() throws Exception {
        assumeTrue(Privileges.canMakeMountNamespaces());
        List<String> before = Files.readAllLines(Path.of("/proc/self/mountinfo"));
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("cat", "cat").readOnly());
            bench.ready("cat");

            assertThat(Files.readAllLines(Path.of("/proc/self/mountinfo"))).isEqualTo(before);
        }
    }

    @Test
    void letsAReadOnlyFunctionWriteToItsOwnTmpOnly() throws Exception {
        assumeTrue(Privileges.canMakeMountNamespaces());
        Path outside = Files.createTempDirectory(Path.of("/var/tmp"), "sluice");
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function(
                            "writer",
                            "sh -c 'touch " + outside + "/file || echo refused; touch /tmp/sluice-own && ls /tmp'")
                    .readOnly());

            assertThat(bench.get(bench.ready("writer"), "/").body()).isEqualTo("refused\nsluice-own\n");
            assertThat(outside).isEmptyDirectory();
            assertThat(Path.of("/tmp/sluice-own")).doesNotExist();
        } finally {
            Files.delete(outside);
        }
    }

    @Test
    void runsInTheDirectoryOfItsImage_whichAloneIsSeenOfTheDataDirectory() throws Exception {
        Path image = Files.createDirectories(data.resolve("images/example/greeter"));
        Files.createDirectories(data.resolve("images/example/other"));
        Files.writeString(image.resolve("greeting"), "hello\n");
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("greeter", "cat greeting").image("example/greeter:1.2"));
            bench.deploy(function("lister", "ls ..").image("example/greeter"));

            assertThat(bench.get(bench.ready("greeter"), "/").body()).isEqualTo("hello\n");
            if (Privileges.canMakeMountNamespaces()) {
                assertThat(bench.get(bench.ready("lister"), "/").body()).isEqualTo("greeter\n");
            }
        }
    }

    @Test
    void saysSo_whereThereAreNoMountNamespaces() throws Exception {
        try (Workbench bench = Workbench.open(data, Map.of("SLUICE_LOCAL_MOUNT_NAMESPACES", "false"))) {
            bench.provider.createSecret(secret("api-key", "s3cr3t")).block();
            bench.deploy(function("reader", "sh -c 'cat $OPENFAAS_SECRETS_PATH/api-key'")
                    .secrets("api-key"));

            assertThat(bench.get(bench.ready("reader"), "/").body()).isEqualTo("s3cr3t");
            assertThat(bench.provider.info().capabilities().get("secrets"))
                    .isEqualTo("in OPENFAAS_SECRETS_PATH only, and other functions can read them:"
                            + " no mount namespace (switched off)");
            assertThat(bench.provider.info().capabilities().get("readOnlyRootFilesystem"))
                    .startsWith("not applied");
        }
    }

    @Test
    void keepsSecretsForTheGatewaysUserOnly() throws IOException {
        try (Workbench bench = Workbench.open(data)) {
            bench.provider.createSecret(secret("api-key", "s3cr3t")).block();
        }

        Path file = data.resolve("secrets/" + Workbench.NAMESPACE + "/api-key");
        assertThat(Files.getPosixFilePermissions(file).stream().map(Enum::name))
                .containsExactlyInAnyOrder("OWNER_READ", "OWNER_WRITE");
        assertThat(file).hasContent("s3cr3t");
    }

    private static Secret secret(String name, String value) {
        return new Secret(new Secret.Id(name, Workbench.NAMESPACE), value.getBytes(UTF_8));
    }
}
