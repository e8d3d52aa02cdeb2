package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.Resources;

final class StackFileTest {
    @TempDir
    private Path directory;

    @Test
    void readsEveryField() {
        FunctionDeployment deployment = only("""
                version: 1.0
                provider:
                  name: openfaas
                  gateway: http://127.0.0.1:9999
                functions:
                  thumbs:
                    lang: node20
                    handler: ./thumbs
                    image: registry.example/thumbs:1.4.0
                    fprocess: node index.js
                    namespace: staging
                    skip_build: true
                    environment:
                      write_debug: true
                      exec_timeout: 1m5s
                      release: 1.10
                      mask: 010
                      nothing:
                    secrets:
                      - s3-key
                    labels:
                      com.openfaas.scale.min: 2
                    annotations:
                      topic: "a, b"
                    constraints:
                      - zone=eu-1
                    limits:
                      memory: 256Mi
                      cpu: 500m
                    requests:
                      memory: 64Mi
                    readonly_root_filesystem: true
                """);

        assertThat(deployment)
                .isEqualTo(new FunctionDeployment(
                        new FunctionName("thumbs", "staging"),
                        "registry.example/thumbs:1.4.0",
                        "node index.js",
                        Map.of(
                                "write_debug", "true",
                                "exec_timeout", "1m5s",
                                "release", "1.10",
                                "mask", "010",
                                "nothing", ""),
                        List.of("zone=eu-1"),
                        List.of("s3-key"),
                        Map.of("com.openfaas.scale.min", "2"),
                        Map.of("topic", "a, b"),
                        new Resources("256Mi", "500m", null, null, null),
                        new Resources("64Mi", null, null, null, null),
                        true));
    }

    @Test
    void needsNoMoreThanAnImage() {
        FunctionDeployment deployment = only("functions: {wc: {image: wc}}");

        assertThat(deployment)
                .isEqualTo(new FunctionDeployment(
                        new FunctionName("wc", "openfaas-fn"),
                        "wc",
                        null,
                        Map.of(),
                        List.of(),
                        List.of(),
                        Map.of(),
                        Map.of(),
                        null,
                        null,
                        false));
    }

    @Test
    void keepsTheOrderOfTheFile() {
        Path stack = write("stack.yml", "functions: {z: {image: i}, a: {image: i}, m: {image: i}}");

        assertThat(StackFile.read(stack, Map.of()).deployments("ns"))
                .extracting(deployment -> deployment.name().name())
                .containsExactly("z", "a", "m");
    }

    @Test
    void putsTheVariablesOfTheEnvironmentIn_butNotIntoComments() {
        Path stack = write("stack.yml", """
                functions:
                  # ${NOT A VARIABLE
                  wc:
                    image: ${REGISTRY:-local}/wc:${TAG}
                """);

        assertThat(StackFile.read(stack, Map.of("TAG", "2"))
                        .deployments("ns")
                        .get(0)
                        .image())
                .isEqualTo("local/wc:2");
    }

    @Test
    void readsEnvironmentFilesBesideTheStack_andLetsTheFunctionWin() {
        write("common.yml", "environment: {a: 1, b: 1, c: 1}");
        write("local.yml", "environment: {b: 2, c: 2}");

        FunctionDeployment deployment = only("""
                functions:
                  wc:
                    image: wc
                    environment_file: [common.yml, local.yml]
                    environment: {c: 3}
                """);

        assertThat(deployment.envVars()).isEqualTo(Map.of("a", "1", "b", "2", "c", "3"));
    }

    @Test
    void findsImagesThatAreDirectoriesBesideTheStack() {
        assertThat(only("functions: {wc: {image: 'file:functions/wc'}}").image())
                .isEqualTo("file:" + directory.resolve("functions/wc"));
        assertThat(only("functions: {wc: {image: 'file:/srv/wc'}}").image()).isEqualTo("file:/srv/wc");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "functions: {wc: {}}                                   | functions.wc: image: is required",
                "functions: {wc: null}                                 | functions.wc: is empty",
                "functions: {Wc: {image: wc}}                          | functions.Wc: service: (Wc) is invalid",
                "functions: {wc: {image: wc, namespace: a_b}}          | functions.wc: namespace: (a_b) is invalid",
                "functions: {wc: {image: wc, environment: [a]}}        | :1: functions.wc.environment: must be a map",
                "functions: {wc: {image: wc, environment: {a: [b]}}}   | :1: functions.wc.environment.a: must be text",
                "functions: {wc: {image: wc, secrets: key}}            | :1: functions.wc.secrets: must be a list",
                "functions: {wc: {image: wc, limits: 12}}              | :1: functions.wc.limits: must be a map",
                "functions: {wc: {image: wc, readonly_root_filesystem: maybe}} | readonly_root_filesystem: must be true or false",
                "functions: {wc: {image: wc, annotations: {sluice_upstream_timeout: soon}}} | functions.wc: annotations.sluice_upstream_timeout: (soon) must be a Go duration",
                "functions: {wc: {image: wc, environment_file: [gone.yml]}} | functions.wc: environment_file: {dir}/gone.yml: no such file",
                "functions: {wc: {image: wc}, wc: {image: wc}}         | :1: is no YAML that can be read: Duplicate field 'wc'",
                "functions: {wc: {image: '${A:=x}'}}                     | :1: ${A must end with }",
                "functions: {}                                         | has no functions",
                "provider: {}                                          | has no functions",
                "[1, 2]                                                | must be a map",
                "''                                                    | is empty",
            })
    void saysWhereTheMistakeIs(String yaml, String problem) {
        Path stack = write("stack.yml", yaml);

        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> StackFile.read(stack, Map.of()).deployments("openfaas-fn"))
                .satisfies(e -> assertThat(e.lines())
                        .singleElement()
                        .asString()
                        .startsWith(stack.toString())
                        .doesNotContain("\n")
                        .contains(problem.replace("{dir}", directory.toString())));
    }

    @Test
    void passesOverFieldsItDoesNotKnow() {
        assertThat(only("functions: {wc: {image: wc, later: {x: [1]}, fprocess: cat}}")
                        .envProcess())
                .isEqualTo("cat");
    }

    @Test
    void saysWhenThereIsNoSuchFile() {
        Path stack = directory.resolve("gone.yml");

        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> StackFile.read(stack, Map.of()))
                .withMessage(stack + ": no such file");
    }

    private FunctionDeployment only(String yaml) {
        List<FunctionDeployment> deployments =
                StackFile.read(write("stack.yml", yaml), Map.of()).deployments("openfaas-fn");
        assertThat(deployments).hasSize(1);
        return deployments.get(0);
    }

    @CanIgnoreReturnValue
    private Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
