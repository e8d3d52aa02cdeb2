package sluice.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * FunctionIngresses on a real API server, with validation, garbage collection and exactly the chart's rights. Routes have a
 * definition of the test's own, with those of the fields that OpenShift documents which we use.
 */
@Tag("cluster")
class ClusterIngressesTest extends FunctionIngressesContract {
    @RegisterExtension
    static final TestCluster CLUSTER = new TestCluster();

    private KubernetesClient admin;
    private String namespace;
    private @Nullable String token;

    @BeforeEach
    @Override
    void open() throws Exception {
        admin = CLUSTER.admin();
        namespace = CLUSTER.namespace();
        token = ManifestRights.token(admin, namespace, Path.of("../deploy/manifests/checked/everything.yaml"));
        super.open();
    }

    @AfterEach
    @Override
    void close() {
        ManifestRights.assertNothingWasForbidden(provider());
        super.close();
    }

    @Test
    void takesOverAnIngress_thatOpenFaasMadeOfIt() throws Exception {
        provider().close();
        create(ingress("scans"));
        GenericKubernetesResource owner =
                Objects.requireNonNull(ingresses().withName("scans").get());
        Ingress old = new IngressBuilder()
                .withNewMetadata()
                .withName("scans")
                .withNamespace(namespace)
                .withAnnotations(Map.of("kubernetes.io/ingress.class", "nginx", "theirs", "stays"))
                .withOwnerReferences(CustomFunctions.owner(owner, FunctionIngress.KIND))
                .endMetadata()
                .withNewSpec()
                .addNewRule()
                .withHost("old.example.com")
                .withNewHttp()
                .addNewPath()
                .withPath("/")
                .withPathType("Prefix")
                .withNewBackend()
                .withNewService()
                .withName("gateway")
                .withNewPort()
                .withNumber(8080)
                .endPort()
                .endService()
                .endBackend()
                .endPath()
                .endHttp()
                .endRule()
                .endSpec()
                .build();
        admin.resource(old).create();

        reopenWith(Map.of("SLUICE_KUBE_INGRESSES", "true"));

        Routes.await("it to be ready", () -> condition("scans", "Ready").equals("True"));
        Ingress now = Objects.requireNonNull(made("scans").get());
        assertThat(now.getMetadata().getUid()).isNotEmpty();
        assertThat(now.getSpec().getRules())
                .singleElement()
                .satisfies(rule -> assertThat(rule.getHost()).isEqualTo("ocr.example.com"));
        assertThat(now.getMetadata().getAnnotations()).containsEntry("theirs", "stays");
    }

    @Test
    void makesAnHttpRoute_asItsVendorDefinesIt() throws Exception {
        admin.load(Files.newInputStream(ApiServer.file("httproutes.yaml"))).serverSideApply();
        Definitions.awaitServed(admin, "gateway.networking.k8s.io/v1", "HTTPRoute");
        create(ingress("scans").spec("ingressType", "httproute").spec("path", "/v1/ocr/(.*)"));
        Routes.await("it to stall", () -> message("scans", "Stalled").contains("SLUICE_KUBE_HTTP_GATEWAY"));
        provider().close();

        reopenWith(Map.of("SLUICE_KUBE_INGRESSES", "true", "SLUICE_KUBE_HTTP_GATEWAY", "edge/public"));

        Routes.await("it to be ready", () -> condition("scans", "Ready").equals("True"));
        assertThat(made(MadeKind.HTTP_ROUTE)).containsOnlyKeys("scans");
        assertThat(isMapped("/v1/ocr/")).isTrue();
    }

    @Test
    void saysWhatTheApiDoesNotTake() {
        create(ingress("scans").spec("ingressType", "No Class"));

        Routes.await("it to stall", () -> reason("scans", "Stalled").equals("InvalidSpec"));
        assertThat(message("scans", "Stalled")).contains("ingressClassName");
        assertThat(made("scans").get()).isNull();
    }

    @Test
    void makesARoute_onceThereAreSome() {
        create(ingress("scans")
                .spec("ingressType", "openshift")
                .spec("path", "/v1/ocr/(.*)")
                .spec("tls", Map.of("enabled", true)));

        Routes.await(
                "it to stall",
                () -> message("scans", "Stalled").equals("this cluster has no routes.route.openshift.io"));
        define("route.openshift.io", "Route", "routes");
        Routes.await("it to be ready", () -> condition("scans", "Ready").equals("True"));
        GenericKubernetesResource route =
                Objects.requireNonNull(made(MadeKind.ROUTE).get("scans"));
        assertThat(Trees.map(route.getAdditionalProperties().get("spec"))).containsEntry("path", "/v1/ocr");
        assertThat(made("scans").get()).isNull();

        admin.genericKubernetesResources(MadeKind.ROUTE.context())
                .inNamespace(namespace)
                .withName("scans")
                .delete();
        Routes.await("another one", () -> {
            GenericKubernetesResource now = made(MadeKind.ROUTE).get("scans");
            return now != null
                    && !now.getMetadata().getUid().equals(route.getMetadata().getUid());
        });

        change("scans", "{\"spec\":{\"ingressType\":\"nginx\"}}");
        Routes.await("the Ingress", () -> made("scans").get() != null);
        Routes.await("the Route to go", () -> made(MadeKind.ROUTE).isEmpty());
    }

    @Test
    void showsItsColumns_andTakesNoOtherField() {
        create(ingress("scans").spec("ingressType", "gateway").spec("unknown", "field"));
        Routes.await("it to be ready", () -> condition("scans", "Ready").equals("True"));

        GenericKubernetesResource kept =
                Objects.requireNonNull(ingresses().withName("scans").get());
        assertThat(Trees.map(kept.getAdditionalProperties().get("spec"))).doesNotContainKey("unknown");
        assertThat(admin.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName("functioningresses.openfaas.com")
                        .get()
                        .getSpec()
                        .getNames()
                        .getShortNames())
                .containsExactly("fni");
    }

    private String message(String name, String type) {
        return field(name, type, "message");
    }

    private Map<String, GenericKubernetesResource> made(MadeKind kind) {
        Map<String, GenericKubernetesResource> made = new HashMap<>();
        admin.genericKubernetesResources(kind.context())
                .inNamespace(namespace)
                .list()
                .getItems()
                .forEach(route -> made.put(route.getMetadata().getName(), route));
        return made;
    }

    /** A definition with no more than the fields that we use. */
    private void define(String group, String kind, String plural) {
        String definition = """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: %3$s.%1$s, annotations: {"api-approved.kubernetes.io": unapproved}}
                spec:
                  group: %1$s
                  scope: Namespaced
                  names: {kind: %2$s, plural: %3$s, singular: %4$s}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        required: [spec]
                        properties:
                          spec:
                            type: object
                            required: [to]
                            properties:
                              host: {type: string}
                              path: {type: string, pattern: ^/}
                              to:
                                type: object
                                required: [kind, name]
                                properties:
                                  kind: {type: string, enum: [Service]}
                                  name: {type: string}
                                  weight: {type: integer, minimum: 0, maximum: 256}
                              port:
                                type: object
                                required: [targetPort]
                                properties: {targetPort: {x-kubernetes-int-or-string: true}}
                              tls:
                                type: object
                                required: [termination]
                                properties:
                                  termination: {type: string, enum: [edge, reencrypt, passthrough]}
                                  insecureEdgeTerminationPolicy: {type: string, enum: [None, Allow, Redirect]}
                              wildcardPolicy: {type: string, enum: [None, Subdomain]}
                """.formatted(group, kind, plural, kind.toLowerCase(Locale.ROOT));
        admin.load(new ByteArrayInputStream(definition.getBytes(UTF_8))).serverSideApply();
        Definitions.awaitServed(admin, group + "/v1", kind);
    }

    @Override
    KubernetesClient admin() {
        return admin;
    }

    @Override
    String namespace() {
        return namespace;
    }

    @Override
    KubeConfig config(Map<String, String> settings) throws Exception {
        return KubeProviderContract.config(
                CLUSTER.server()
                        .kubeconfig(namespace, Objects.requireNonNull(token))
                        .toString(),
                namespace,
                settings);
    }
}
