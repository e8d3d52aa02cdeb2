package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.FunctionName;
import sluice.core.HostRoute;

class HostMappingTest {
    private static final String EARLY = "2026-01-01T00:00:00Z";
    private static final String LATE = "2026-01-02T00:00:00Z";

    @ParameterizedTest
    @CsvSource({
        "'', '', openfaas-fn, /, true",
        "/v1/(.*), staging, staging, /v1/, true",
        "/v1, '', openfaas-fn, /v1, false"
    })
    void mapsWhatEachSays(String path, String namespace, String seen, String prefix, boolean isPrefix) {
        HostMapping mapping = mapping(FunctionIngressObjects.named("a")
                .spec("path", path)
                .spec("functionNamespace", namespace)
                .build());

        assertThat(mapping.routes())
                .containsExactly(new HostRoute("ocr.example.com", prefix, isPrefix, new FunctionName("ocr", seen)));
        assertThat(mapping.refusals()).isEmpty();
    }

    @Test
    void givesAPathToTheOlderOne_andTellsTheOther() {
        HostMapping mapping = mapping(
                FunctionIngressObjects.named("a")
                        .created(LATE)
                        .spec("function", "late")
                        .build(),
                FunctionIngressObjects.named("b")
                        .created(EARLY)
                        .spec("domain", "OCR.example.com")
                        .build(),
                FunctionIngressObjects.named("c")
                        .created(LATE)
                        .spec("path", "/")
                        .build());

        assertThat(mapping.routes())
                .extracting(route -> route.function().name() + " " + route.isPrefix())
                .containsExactly("ocr true", "ocr false");
        assertThat(mapping.refusals()).containsOnlyKeys("a");
        assertThat(mapping.refusal("a"))
                .isEqualTo(new HostMapping.Refusal("PathTaken", "FunctionIngress b has this domain and path"));
    }

    @Test
    void forgetsOneThatIsBeingDeleted() {
        GenericKubernetesResource going = FunctionIngressObjects.named("a").build();
        going.getMetadata().setDeletionTimestamp(LATE);

        assertThat(mapping(going)).isEqualTo(HostMapping.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway.openfaas", "gateway.openfaas.svc", "gateway.openfaas.svc.cluster.local"})
    void refusesTheGatewaysOwnName(String domain) {
        HostMapping mapping =
                mapping(FunctionIngressObjects.named("a").spec("domain", domain).build());

        assertThat(mapping.routes()).isEmpty();
        assertThat(refusal(mapping, "a").reason()).isEqualTo("DomainRefused");
    }

    @ParameterizedTest
    @CsvSource({
        "path, /v1/(ocr|scan)/(.*), NotUnderstood, path",
        "domain, *.example.com, NotUnderstood, domain",
        "domain, '', InvalidSpec, domain",
        "function, '', InvalidSpec, function",
        "function, A b, InvalidSpec, function",
        "functionNamespace, a.b, InvalidSpec, functionNamespace"
    })
    void saysWhichFieldIsOfNoUse(String field, String value, String reason, String named) {
        HostMapping mapping =
                mapping(FunctionIngressObjects.named("a").spec(field, value).build());

        assertThat(mapping.routes()).isEmpty();
        HostMapping.Refusal refusal = refusal(mapping, "a");
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.text()).contains("validation failed: " + named);
    }

    @Test
    void mapsSoManyAndNoMore() {
        HostMapping mapping = HostMapping.of(
                List.of(
                        FunctionIngressObjects.named("a").build(),
                        FunctionIngressObjects.named("b").spec("path", "/b").build()),
                config(Map.of("SLUICE_KUBE_MAX_HOST_ROUTES", "1")));

        assertThat(mapping.routes()).hasSize(1);
        assertThat(refusal(mapping, "b").text()).contains("SLUICE_KUBE_MAX_HOST_ROUTES");
    }

    private static HostMapping.Refusal refusal(HostMapping mapping, String name) {
        return Objects.requireNonNull(mapping.refusal(name));
    }

    private static HostMapping mapping(GenericKubernetesResource... ingresses) {
        return HostMapping.of(List.of(ingresses), config(Map.of()));
    }

    private static KubeConfig config(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("ingress_namespace", "openfaas");
        return KubeProviderContract.config("", Functions.NAMESPACE, all);
    }
}
