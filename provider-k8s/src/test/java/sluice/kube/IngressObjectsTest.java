package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.core.FailureException;

/** What an OpenFaaS controller makes of a FunctionIngress, class by class; and what ours adds. */
class IngressObjectsTest {
    private final KubeConfig config = KubeProviderContract.config(
            "",
            Functions.NAMESPACE,
            Map.of("SLUICE_KUBE_HTTP_GATEWAY", "edge/public", "ingress_namespace", "openfaas"));

    @ParameterizedTest
    @CsvSource({
        // class, path, namespace, the path of the Ingress, its kind, the annotation that rewrites
        "'', '', '', /(.*), ImplementationSpecific, /function/ocr/$1",
        "nginx, /v1/ocr/(.*), '', /v1/ocr/(.*), ImplementationSpecific, /function/ocr/$1",
        "nginx, /v1/ocr/(.*), staging, /v1/ocr/(.*), ImplementationSpecific, /function/ocr.staging/$1",
        "traefik, /v1/ocr/(.*), '', /v1/ocr, ImplementationSpecific, /function/ocr",
        "traefik, '', staging, /, ImplementationSpecific, /function/ocr.staging",
        "skipper, /v1/ocr/(.*), staging, /v1/ocr/(.*), ImplementationSpecific, 'setPath(\"/function/ocr.staging\")'",
        "haproxy, /v1/ocr/(.*), '', /v1/ocr/, Prefix, ",
        "haproxy, /v1/ocr, '', /v1/ocr, Exact, "
    })
    void makesAnIngressOfItsClass(
            String type, String path, String namespace, String made, String pathType, String rewrite) {
        Ingress ingress = ingress(FunctionIngressObjects.named("scans")
                .spec("ingressType", type)
                .spec("path", path)
                .spec("functionNamespace", namespace)
                .build());

        assertThat(ingress.getMetadata().getName()).isEqualTo("scans");
        assertThat(ingress.getMetadata().getNamespace()).isEqualTo("openfaas");
        assertThat(ingress.getMetadata().getOwnerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.getApiVersion()).isEqualTo("openfaas.com/v1");
            assertThat(owner.getKind()).isEqualTo("FunctionIngress");
            assertThat(owner.getName()).isEqualTo("scans");
            assertThat(owner.getUid()).isEqualTo("uid-scans");
            assertThat(owner.getController()).isTrue();
            assertThat(owner.getBlockOwnerDeletion()).isTrue();
        });
        assertThat(ingress.getSpec().getIngressClassName()).isEqualTo(type.isEmpty() ? "nginx" : type);
        assertThat(ingress.getSpec().getTls()).isEmpty();
        assertThat(ingress.getSpec().getRules())
                .singleElement()
                .satisfies(rule -> assertThat(rule.getHost()).isEqualTo("ocr.example.com"));
        HTTPIngressPath only = onlyPath(ingress);
        assertThat(only.getPath()).isEqualTo(made);
        assertThat(only.getPathType()).isEqualTo(pathType);
        assertThat(only.getBackend().getService().getName()).isEqualTo("gateway");
        assertThat(only.getBackend().getService().getPort().getNumber()).isEqualTo(8080);
        Map<String, String> annotations = new HashMap<>(ingress.getMetadata().getAnnotations());
        assertThat(annotations.remove("com.openfaas.spec")).contains("\"function\":\"ocr\"");
        if (rewrite == null) {
            assertThat(annotations).isEmpty();
        } else {
            assertThat(annotations).containsValue(rewrite);
            assertThat(annotations.keySet())
                    .isEqualTo(
                            switch (type) {
                                case "traefik" ->
                                    Set.of(
                                            "traefik.ingress.kubernetes.io/rewrite-target",
                                            "traefik.ingress.kubernetes.io/rule-type");
                                case "skipper" -> Set.of("zalando.org/skipper-filter");
                                default -> Set.of("nginx.ingress.kubernetes.io/rewrite-target");
                            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Issuer, cert-manager.io/issuer",
        "'', cert-manager.io/issuer",
        "ClusterIssuer, cert-manager.io/cluster-issuer"
    })
    void asksForACertificate(String kind, String annotation) {
        Map<String, Object> reference = new HashMap<>(Map.of("name", "letsencrypt"));
        if (!kind.isEmpty()) {
            reference.put("kind", kind);
        }
        Ingress ingress = ingress(FunctionIngressObjects.named("scans")
                .spec("tls", Map.of("enabled", true, "issuerRef", reference))
                .build());

        assertThat(ingress.getSpec().getTls()).singleElement().satisfies(tls -> {
            assertThat(tls.getHosts()).containsExactly("ocr.example.com");
            assertThat(tls.getSecretName()).isEqualTo("ocr.example.com-cert");
        });
        assertThat(ingress.getMetadata().getAnnotations()).containsEntry(annotation, "letsencrypt");
    }

    @Test
    void letsAnnotationsOfTheFunctionIngressWin() {
        Ingress ingress = ingress(FunctionIngressObjects.named("scans")
                .annotation("nginx.ingress.kubernetes.io/rewrite-target", "/mine")
                .annotation("a", "b")
                .annotation("kubectl.kubernetes.io/last-applied-configuration", "{}")
                .annotation("kubernetes.io/ingress.class", "old")
                .build());

        assertThat(ingress.getMetadata().getAnnotations())
                .containsEntry("nginx.ingress.kubernetes.io/rewrite-target", "/mine")
                .containsEntry("a", "b")
                .containsEntry("kubernetes.io/ingress.class", "old")
                .doesNotContainKey("kubectl.kubernetes.io/last-applied-configuration");
        assertThat(ingress.getSpec().getIngressClassName())
                .as("the API takes one of the two")
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "openfaas, '', ocr, /",
        "openfaas, /v1/ocr/(.*), ocr, /v1/ocr",
        "staging, '', gateway, /",
        "'', '', gateway, /"
    })
    void goesAroundTheGateway_onlyWithinItsOwnNamespace(String namespace, String path, String service, String made) {
        Ingress ingress = ingress(FunctionIngressObjects.named("scans")
                .spec("functionNamespace", namespace)
                .spec("path", path)
                .spec("bypassGateway", true)
                .build());

        assertThat(onlyPath(ingress).getBackend().getService().getName()).isEqualTo(service);
        assertThat(onlyPath(ingress).getPath()).isEqualTo(made);
        assertThat(ingress.getMetadata().getAnnotations().containsKey("nginx.ingress.kubernetes.io/rewrite-target"))
                .isEqualTo(service.equals("gateway"));
    }

    @Test
    void makesARouteOfOpenShift() {
        GenericKubernetesResource route = made(
                FunctionIngressObjects.named("scans")
                        .spec("ingressType", "openshift")
                        .spec("path", "/v1/ocr/(.*)")
                        .spec("functionNamespace", "staging")
                        .spec("tls", Map.of("enabled", true))
                        .build(),
                MadeKind.ROUTE);

        assertThat(route.getApiVersion()).isEqualTo("route.openshift.io/v1");
        assertThat(route.getMetadata().getAnnotations())
                .containsEntry("haproxy.router.openshift.io/rewrite-target", "/function/ocr.staging");
        assertThat(route.getAdditionalProperties().get("spec"))
                .isEqualTo(Map.of(
                        "host",
                        "ocr.example.com",
                        "path",
                        "/v1/ocr",
                        "to",
                        Map.of("kind", "Service", "name", "gateway", "weight", 100),
                        "port",
                        Map.of("targetPort", "http"),
                        "tls",
                        Map.of("termination", "edge", "insecureEdgeTerminationPolicy", "Redirect"),
                        "wildcardPolicy",
                        "None"));
    }

    @Test
    void leavesARouteOfAWholeHost_toTheGatewaysOwnMapping() {
        GenericKubernetesResource route = made(
                FunctionIngressObjects.named("scans")
                        .spec("ingressType", "openshift")
                        .build(),
                MadeKind.ROUTE);

        assertThat(route.getMetadata().getAnnotations())
                .doesNotContainKey("haproxy.router.openshift.io/rewrite-target");
        assertThat(Trees.map(route.getAdditionalProperties().get("spec"))).containsEntry("path", "/");
    }

    @ParameterizedTest
    @CsvSource({"/v1/ocr/(.*), PathPrefix, /v1/ocr", "'', PathPrefix, /", "/v1/ocr, Exact, /v1/ocr"})
    void makesAnHttpRoute(String path, String type, String value) {
        HTTPRoute route = strictly(
                made(
                        FunctionIngressObjects.named("scans")
                                .spec("ingressType", "httproute")
                                .spec("path", path)
                                .build(),
                        MadeKind.HTTP_ROUTE),
                HTTPRoute.class);

        assertThat(route.getSpec().getParentRefs()).singleElement().satisfies(parent -> {
            assertThat(parent.getName()).isEqualTo("public");
            assertThat(parent.getNamespace()).isEqualTo("edge");
        });
        assertThat(route.getSpec().getHostnames()).containsExactly("ocr.example.com");
        assertThat(route.getSpec().getRules()).singleElement().satisfies(rule -> {
            assertThat(rule.getMatches()).singleElement().satisfies(match -> {
                assertThat(match.getPath().getType()).isEqualTo(type);
                assertThat(match.getPath().getValue()).isEqualTo(value);
            });
            assertThat(rule.getBackendRefs()).singleElement().satisfies(backend -> {
                assertThat(backend.getName()).isEqualTo("gateway");
                assertThat(backend.getPort()).isEqualTo(8080);
            });
        });
    }

    @Test
    void needsAGateway_forAnHttpRoute() {
        IngressObjects without = new IngressObjects(KubeProviderContract.config("", Functions.NAMESPACE, Map.of()));
        FunctionIngress ingress = FunctionIngress.parse(
                FunctionIngressObjects.named("scans")
                        .spec("ingressType", "httproute")
                        .build(),
                "nginx");

        assertThatThrownBy(() -> without.of(ingress, MadeKind.HTTP_ROUTE))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("SLUICE_KUBE_HTTP_GATEWAY");
    }

    private Ingress ingress(GenericKubernetesResource functionIngress) {
        return strictly(made(functionIngress, MadeKind.INGRESS), Ingress.class);
    }

    private GenericKubernetesResource made(GenericKubernetesResource functionIngress, MadeKind kind) {
        return new IngressObjects(config)
                .of(FunctionIngress.parse(functionIngress, config.ingress().defaultType()), kind);
    }

    /** As the typed model has it; a field that it does not know would be lost, and so would show. */
    private static <T> T strictly(GenericKubernetesResource object, Class<T> type) {
        T typed = Objects.requireNonNull(Serialization.unmarshal(Serialization.asJson(object), type));
        assertThat(tree(typed)).isEqualTo(tree(object));
        return typed;
    }

    private static Object tree(Object object) {
        return Serialization.unmarshal(Serialization.asJson(object), Map.class);
    }

    private static HTTPIngressPath onlyPath(Ingress ingress) {
        List<HTTPIngressPath> paths =
                ingress.getSpec().getRules().get(0).getHttp().getPaths();
        assertThat(paths).hasSize(1);
        return paths.get(0);
    }
}
