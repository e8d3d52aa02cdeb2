package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.Disposables;
import sluice.core.HostRoute;
import sluice.core.MetricFamily;

/** What becomes of FunctionIngresses, on some Kubernetes API. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
abstract class FunctionIngressesContract {
    private @Nullable KubeProvider opened;
    private final Disposable.Swap feed = Disposables.swap();
    private volatile List<HostRoute> mapped = List.of();

    /** With all rights. */
    abstract KubernetesClient admin();

    /** Of functions and FunctionIngresses; there is nothing in it. */
    abstract String namespace();

    abstract KubeConfig config(Map<String, String> settings) throws Exception;

    @BeforeEach
    void open() throws Exception {
        reopenWith(Map.of("SLUICE_KUBE_INGRESSES", "true"));
    }

    void reopenWith(Map<String, String> settings) throws Exception {
        KubeProvider provider = KubeProvider.open(config(settings));
        opened = provider;
        feed.update(provider.hostRoutes().hostRoutes().subscribe(all -> mapped = all));
    }

    KubeProvider provider() {
        return Objects.requireNonNull(opened);
    }

    @AfterEach
    void close() {
        feed.dispose();
        provider().close();
    }

    @Test
    void mapsWhatOneSays_untilItGoes() {
        create(ingress("scans").spec("ingressType", "gateway").spec("path", "/v1/ocr/(.*)"));

        Routes.await("the mapping", () -> isMapped("/v1/ocr/"));
        Routes.await("the status", () -> condition("scans", "Ready").equals("True"));
        assertThat(condition("scans", "Mapped")).isEqualTo("True");
        assertThat(made("scans").get()).isNull();
        Routes.await("an event", () -> reasons("scans").contains("Synced"));

        ingresses().withName("scans").delete();

        Routes.await("the mapping to go", () -> mapped.isEmpty());
    }

    @Test
    void makesAnIngress_keepsIt_andLetsItGo() {
        create(ingress("scans").spec("path", "/v1/ocr/(.*)"));
        Routes.await("the Ingress", () -> made("scans").get() != null);
        Routes.await("the status", () -> condition("scans", "Ready").equals("True"));
        String uid = Objects.requireNonNull(made("scans").get()).getMetadata().getUid();

        made("scans").delete();
        Routes.await("another one", () -> {
            Ingress now = made("scans").get();
            return now != null && !now.getMetadata().getUid().equals(uid);
        });
        made("scans")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"nginx.ingress.kubernetes.io/rewrite-target\":\"/elsewhere\"}}}");
        Routes.await("what it should say", () -> rewrite("scans").equals("/function/ocr/$1"));

        ingresses().withName("scans").delete();
        Routes.awaitCollected(() -> made("scans").get() == null);
    }

    @Test
    void followsAChange_alsoToAnotherKind() {
        create(ingress("scans"));
        Routes.await("the Ingress", () -> rewrite("scans").equals("/function/ocr/$1"));
        Routes.await("the status", () -> condition("scans", "Ready").equals("True"));

        change("scans", "{\"spec\":{\"functionNamespace\":\"staging\"}}");
        Routes.await("the change", () -> rewrite("scans").equals("/function/ocr.staging/$1"));
        assertThat(mapped)
                .singleElement()
                .satisfies(route -> assertThat(route.function().namespace()).isEqualTo("staging"));

        change("scans", "{\"spec\":{\"ingressType\":\"gateway\"}}");
        Routes.await("the Ingress to go", () -> made("scans").get() == null);
        assertThat(isMapped("/")).isTrue();
    }

    @Test
    void leavesAnIngressAlone_thatIsSomebodyElses() {
        Ingress foreign = new IngressBuilder()
                .withNewMetadata()
                .withName("scans")
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .withNewDefaultBackend()
                .withNewService()
                .withName("web")
                .withNewPort()
                .withNumber(80)
                .endPort()
                .endService()
                .endDefaultBackend()
                .endSpec()
                .build();
        admin().resource(foreign).create();

        create(ingress("scans"));

        Routes.await("it to stall", () -> condition("scans", "Stalled").equals("True"));
        assertThat(reason("scans", "Stalled")).isEqualTo("ErrResourceExists");
        assertThat(Objects.requireNonNull(made("scans").get()).getMetadata().getOwnerReferences())
                .isEmpty();
        Routes.await("an event", () -> reasons("scans").contains("ErrResourceExists"));

        made("scans").delete();
        Routes.await("it to be ready", () -> condition("scans", "Ready").equals("True"));
        assertThat(condition("scans", "Stalled")).isEmpty();
        assertThat(rewrite("scans")).isEqualTo("/function/ocr/$1");
    }

    @Test
    void givesADomainAndPathToOne_untilItGoes() {
        create(ingress("first").spec("ingressType", "gateway"));
        Routes.await("the first", () -> condition("first", "Ready").equals("True"));
        create(ingress("second").spec("ingressType", "gateway").spec("function", "other"));

        Routes.await("it to stall", () -> reason("second", "Stalled").equals("PathTaken"));
        Routes.await("the metric", () -> refused() == 1);
        assertThat(mapped)
                .singleElement()
                .satisfies(route -> assertThat(route.function().name()).isEqualTo("ocr"));

        ingresses().withName("first").delete();

        Routes.await("it to be ready", () -> condition("second", "Ready").equals("True"));
        Routes.await(
                "the mapping",
                () -> mapped.stream().anyMatch(route -> route.function().name().equals("other")));
    }

    @Test
    void saysWhichPathItDoesNotUnderstand_andGoesOnWhenItDoes() {
        create(ingress("mine").spec("ingressType", "gateway").spec("path", "/v1/(ocr|scan)/(.*)"));
        create(ingress("theirs").spec("domain", "nginx.example.com").spec("path", "/v1/(ocr|scan)/(.*)"));

        Routes.await("it to stall", () -> reason("mine", "Stalled").equals("NotUnderstood"));
        Routes.await("the Ingress", () -> made("theirs").get() != null); // nginx does understand it
        Routes.await("the status", () -> condition("theirs", "Ready").equals("True"));
        assertThat(reason("theirs", "Mapped")).isEqualTo("NotUnderstood");
        assertThat(mapped).isEmpty();

        change("mine", "{\"spec\":{\"path\":\"/v1/ocr/(.*)\"}}");
        Routes.await("it to be ready", () -> condition("mine", "Ready").equals("True"));
        assertThat(isMapped("/v1/ocr/")).isTrue();
    }

    @Test
    void goesOnWithTheNextGateway_whenTheOneThatLedHasLeft() throws Exception {
        provider().close();
        Map<String, String> settings = Map.of("SLUICE_KUBE_INGRESSES", "true", "leader_election", "true");
        try (KubeProvider first = KubeProvider.open(config(settings))) {
            create(ingress("one"));
            Routes.await("the first to make it", () -> condition("one", "Ready").equals("True"));
            assertThat(first.hostRoutes()).isNotNull();
            reopenWith(settings);
            Routes.await("the second to map it", () -> isMapped("/"));
        }

        create(ingress("two").spec("domain", "two.example.com"));

        Routes.await("the second to make it", () -> condition("two", "Ready").equals("True"));
    }

    // ---- what the tests are written in ------------------------------------------------------------------------------

    boolean isMapped(String prefix) {
        return mapped.stream()
                .anyMatch(route ->
                        route.host().equals("ocr.example.com") && route.path().equals(prefix) && route.isPrefix());
    }

    FunctionIngressObjects ingress(String name) {
        return FunctionIngressObjects.named(name).in(namespace());
    }

    void create(FunctionIngressObjects ingress) {
        GenericKubernetesResource object = ingress.build();
        object.getMetadata().setUid(null);
        ingresses().resource(object).create();
    }

    void change(String name, String patch) {
        ingresses().withName(name).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    NonNamespaceOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> ingresses() {
        return admin().genericKubernetesResources(CustomKinds.FUNCTION_INGRESS).inNamespace(namespace());
    }

    Resource<Ingress> made(String name) {
        return admin().network().v1().ingresses().inNamespace(namespace()).withName(name);
    }

    private String rewrite(String name) {
        Ingress ingress = made(name).get();
        return ingress == null
                ? ""
                : ingress.getMetadata().getAnnotations().getOrDefault("nginx.ingress.kubernetes.io/rewrite-target", "");
    }

    private List<String> reasons(String name) {
        return admin().v1().events().inNamespace(namespace()).list().getItems().stream()
                .filter(event -> event.getInvolvedObject().getKind().equals("FunctionIngress")
                        && event.getInvolvedObject().getName().equals(name))
                .map(Event::getReason)
                .toList();
    }

    private double refused() {
        return Objects.requireNonNull(provider().collect().block()).stream()
                .filter(family -> family.name().equals("sluice_kube_function_ingresses"))
                .flatMap(family -> family.samples().stream())
                .filter(sample -> "refused".equals(sample.labels().get("state")))
                .mapToDouble(MetricFamily.Sample::value)
                .sum();
    }

    String condition(String name, String type) {
        return field(name, type, "status");
    }

    String reason(String name, String type) {
        return field(name, type, "reason");
    }

    /** Empty when there is no such condition. */
    String field(String name, String type, String field) {
        @Nullable GenericKubernetesResource object = ingresses().withName(name).get();
        if (object != null && object.get("status", "conditions") instanceof List<?> conditions) {
            for (Object each : conditions) {
                if (each instanceof Map<?, ?> condition && type.equals(condition.get("type"))) {
                    return String.valueOf(condition.get(field));
                }
            }
        }
        return "";
    }
}
