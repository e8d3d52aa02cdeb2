package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.kube.StubbedProvider.PATIENCE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.StepVerifier;
import sluice.core.AccessObject;

class KubeAccessObjectsTest {
    @TempDir
    Path directory;

    @Test
    void tellsAllOfThem_andAgainAfterEachChange() throws IOException {
        try (StubbedProvider bench = StubbedProvider.open(directory, Map.of())) {
            create(bench, "jwtissuers", "system");
            create(bench, "policies", "readers");

            StepVerifier.create(bench.provider
                            .accessObjects(Functions.NAMESPACE)
                            .changes()
                            .filter(objects -> objects.size() >= 2))
                    .assertNext(objects -> assertThat(objects)
                            .extracting(AccessObject::kind, AccessObject::name)
                            .containsExactly(
                                    org.assertj.core.groups.Tuple.tuple("JwtIssuer", "system"),
                                    org.assertj.core.groups.Tuple.tuple("Policy", "readers")))
                    .then(() -> create(bench, "roles", "staff"))
                    .thenConsumeWhile(objects -> objects.size() == 2)
                    .assertNext(objects -> assertThat(objects.get(2).spec()).isEqualTo(Map.of("policy", List.of("a"))))
                    .thenCancel()
                    .verify(PATIENCE);
        }
    }

    private static void create(StubbedProvider bench, String resource, String name) {
        try {
            bench.api.objects.create(
                    new StubPath("iam.openfaas.com", "v1", Functions.NAMESPACE, resource, "", ""),
                    (ObjectNode) StubObjects.JSON.readTree(
                            "{\"metadata\": {\"name\": \"" + name + "\"}, \"spec\": {\"policy\": [\"a\"]}}"));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
