package sluice.kube;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What people apply, checked against the schemas of a real API server and our own, without a server. */
class ManifestsTest {
    private static final ObjectMapper YAML = new YAMLMapper();
    private static final Path DEPLOY = Path.of("../deploy");
    private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    /** Kinds of other vendors, whose definitions are not ours to keep. */
    private static final Set<String> FOREIGN =
            Set.of("monitoring.coreos.com/v1 PodMonitor", "route.openshift.io/v1 Route");

    private static ApiSchema schema;

    @BeforeAll
    static void read() throws IOException {
        schema = ApiSchema.read(DEPLOY.resolve("crds"));
    }

    static List<Path> manifests() throws IOException {
        try (Stream<Path> crds = Files.list(DEPLOY.resolve("crds"));
                Stream<Path> manifests = Files.walk(DEPLOY.resolve("manifests"))) {
            return Stream.concat(crds, manifests)
                    .filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void areWhatTheApiTakes(Path file) throws IOException {
        List<ObjectNode> objects = objects(Files.newBufferedReader(file));
        assertThat(objects).isNotEmpty();

        assertThat(objects.stream()
                        .filter(object -> !FOREIGN.contains(kind(object)))
                        .flatMap(object -> schema.problems(object).stream()
                                .map(problem -> kind(object) + " "
                                        + object.at("/metadata/name").asText() + ": " + problem)))
                .isEmpty();
    }

    @Test
    void containEveryKindThatTheChartCanMake() throws IOException {
        List<String> kinds = new ArrayList<>();
        for (Path file : manifests()) {
            objects(Files.newBufferedReader(file)).forEach(object -> kinds.add(kind(object)));
        }
        try (Stream<Path> templates = Files.list(DEPLOY.resolve("chart/templates"))) {
            for (Path template : templates.toList()) {
                for (String line : Files.readAllLines(template)) {
                    if (line.startsWith("kind: ") && !line.contains("{{") && !line.equals("kind: Secret")) {
                        assertThat(kinds)
                                .as("%s", template)
                                .anyMatch(kind -> kind.endsWith(" " + line.substring("kind: ".length())));
                    }
                }
            }
        }
        assertThat(kinds).containsAll(FOREIGN);
    }

    @Test
    void areWhatTheDocumentationShows() throws IOException {
        List<ObjectNode> examples = new ArrayList<>();
        for (Path page : List.of(Path.of("../docs/kubernetes.md"), DEPLOY.resolve("README.md"))) {
            var blocks = EXAMPLE.matcher(Files.readString(page));
            while (blocks.find()) {
                examples.addAll(objects(new StringReader(blocks.group(1))));
            }
        }
        Map<String, List<ObjectNode>> byKind = examples.stream().collect(groupingBy(ManifestsTest::kind));
        assertThat(byKind).containsKey("openfaas.com/v1 FunctionIngress");
        assertThat(examples.stream().flatMap(object -> schema.problems(object).stream()))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{spec: {replica: 1}} | spec.replica: no such field",
                "{spec: {template: {spec: {containers: [{name: a, imag: b}]}}}} | spec.template.spec.containers[0].imag: no such field",
                "{spec: {template: {spec: {containers: [{image: b}]}}}} | spec.template.spec.containers[0].name: is required",
                "{spec: {template: {spec: {containers: null}}}} | spec.template.spec.containers: is required",
                "{spec: {template: {spec: {containers: {}}}}} | spec.template.spec.containers: is no array",
                "{spec: {template: {spec: {terminationGracePeriodSeconds: 1m}}}}"
                        + " | spec.template.spec.terminationGracePeriodSeconds: is no integer",
                "{spec: {template: {spec: {enableServiceLinks: 'no'}}}} | spec.template.spec.enableServiceLinks: is no boolean",
                "{spec: {replicas: many}} | spec.replicas: is no integer",
                "{spec: {selector: null}} | spec.selector: is required",
                "{metadata: {label: {a: b}}} | metadata.label: no such field",
                "{metadata: {labels: {a: 1}}} | metadata.labels.a: is no string",
                "{metadata: {name: null}} | metadata.name: is required",
                "{apiVersion: apps/v9} | apps/v9 Deployment: no such kind"
            })
    void showsWhatIsWrong(String change, String problem) throws IOException {
        assertShows("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: a}
                spec:
                  selector: {matchLabels: {a: b}}
                  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 10%}}
                  template:
                    metadata: {labels: {a: b}}
                    spec: {containers: [{name: a, image: b, resources: {limits: {cpu: 1, memory: 1Gi}}}]}
                """, change, problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{spec: {domian: a}} | spec.domian: no such field",
                "{spec: {domain: null}} | spec.domain: is required",
                "{spec: {bypassGateway: 'yes'}} | spec.bypassGateway: is no boolean",
                "{spec: {tls: {issuerRef: {kind: Other}}}}"
                        + " | spec.tls.issuerRef.kind: is none of [\"Issuer\",\"ClusterIssuer\"]",
                "{spec: {tls: {issuerRef: {name: null}}}} | spec.tls.issuerRef.name: is required"
            })
    void showsWhatIsWrong_withAResourceOfOurs(String change, String problem) throws IOException {
        assertShows("""
                apiVersion: openfaas.com/v1
                kind: FunctionIngress
                metadata: {name: a, namespace: openfaas}
                spec: {domain: ocr.example.com, function: ocr, tls: {enabled: true, issuerRef: {name: a}}}
                """, change, problem);
    }

    private static void assertShows(String good, String change, String problem) throws IOException {
        ObjectNode object = (ObjectNode) YAML.readTree(good);
        assertThat(schema.problems(object)).isEmpty();

        StubObjects.merge(object, (ObjectNode) YAML.readTree(change));

        assertThat(schema.problems(object)).contains(problem);
    }

    private static String kind(JsonNode object) {
        return object.path("apiVersion").asText() + " " + object.path("kind").asText();
    }

    private static List<ObjectNode> objects(Reader text) throws IOException {
        List<ObjectNode> objects = new ArrayList<>();
        try (text;
                var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(text)) {
            while (documents.hasNextValue()) {
                if (documents.nextValue() instanceof ObjectNode object) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }
}
