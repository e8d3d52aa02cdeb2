package sluice.access.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.access.cluster.StubCluster.functions;
import static sluice.access.cluster.StubCluster.robot;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.ClusterIdentity.AccessStatus;
import sluice.core.ClusterIdentity.Attributes;
import sluice.core.Failure;
import sluice.core.FailureException;

class AccessReviewsTest {
    private static final List<String> NAMESPACES = List.of("dev", "staging", "live");

    private final StubCluster cluster = new StubCluster();
    private final AtomicLong nanos = new AtomicLong();
    private final AccessReviews reviews = new AccessReviews(cluster, Mono.just(NAMESPACES), nanos::get);

    @CanIgnoreReturnValue
    private boolean may(Action action, String namespace, String name) {
        return Boolean.TRUE.equals(reviews.ask(robot(), action, namespace, name).block(Duration.ofSeconds(5)));
    }

    /** Every action, as the reference's tables have it. */
    @ParameterizedTest
    @CsvSource({
        "FUNCTION_LIST,    openfaas.com, functions,           list,   staging, ''",
        "FUNCTION_GET,     openfaas.com, functions,           get,    staging, ocr",
        "FUNCTION_CREATE,  openfaas.com, functions,           create, staging, ''",
        "FUNCTION_UPDATE,  openfaas.com, functions,           update, staging, ocr",
        "FUNCTION_DELETE,  openfaas.com, functions,           delete, staging, ocr",
        "FUNCTION_SCALE,   openfaas.com, functions/scale,     update, staging, ocr",
        "FUNCTION_LOGS,    openfaas.com, functions/log,       get,    staging, ocr",
        "FUNCTION_INVOKE,  openfaas.com, functions/invoke,    create, staging, ocr",
        "SECRET_LIST,      openfaas.com, functionsecrets,     list,   staging, ''",
        "SECRET_CREATE,    openfaas.com, functionsecrets,     create, staging, ''",
        "SECRET_UPDATE,    openfaas.com, functionsecrets,     update, staging, ocr",
        "SECRET_DELETE,    openfaas.com, functionsecrets,     delete, staging, ocr",
        "NAMESPACE_GET,    '',           namespaces,          get,    '',      ocr",
        "NAMESPACE_CREATE, '',           namespaces,          create, '',      ''",
        "NAMESPACE_UPDATE, '',           namespaces,          update, '',      ocr",
        "NAMESPACE_DELETE, '',           namespaces,          delete, '',      ocr",
        "NAMESPACE_LIST,   '',           namespaces,          list,   staging, staging",
        "TOKEN_LIST,       openfaas.com, functions/token,     list,   staging, ''",
        "TOKEN_CREATE,     openfaas.com, functions/token,     create, staging, ''",
        "TOKEN_DELETE,     openfaas.com, functions/token,     delete, staging, ocr",
        "CALL_LIST,        openfaas.com, functions/calls,     list,   staging, ''",
        "CALL_GET,         openfaas.com, functions/calls,     get,    staging, ocr",
        "CALL_CANCEL,      openfaas.com, functions/calls,     delete, staging, ocr",
        "CALL_REDRIVE,     openfaas.com, functions/calls,     create, staging, ''",
        "CALL_PURGE,       openfaas.com, functions/calls,     deletecollection, staging, ''",
        "CALL_PAUSE,       openfaas.com, functions/calls,     update, staging, ocr",
    })
    void asksInTheWordsOfRbac(
            Action action, String group, String resource, String verb, String namespace, String name) {
        String[] parts = resource.split("/", 2);
        Attributes expected =
                new Attributes.Resource(group, parts[0], parts.length > 1 ? parts[1] : "", verb, namespace, name);
        cluster.allows(expected);

        assertThat(may(action, "staging", "ocr")).isTrue();
        assertThat(cluster.asked).containsExactly(expected);
    }

    @Test
    void asksAboutThePath_whereThereIsNoResource() {
        cluster.allows(new Attributes.Path("/system/info", "get"));
        assertThat(may(Action.SYSTEM_INFO, AccessGate.CLUSTER, "")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FUNCTION_DELETE|staging|ocr|functions.openfaas.com \"ocr\" is forbidden: User \"U\" cannot delete resource"
                        + " \"functions\" in API group \"openfaas.com\" in the namespace \"staging\"",
                "FUNCTION_SCALE|staging|ocr|functions.openfaas.com \"ocr\" is forbidden: User \"U\" cannot update resource"
                        + " \"functions/scale\" in API group \"openfaas.com\" in the namespace \"staging\"",
                "FUNCTION_LIST|*||functions.openfaas.com is forbidden: User \"U\" cannot list resource"
                        + " \"functions\" in API group \"openfaas.com\" at the cluster scope",
                "NAMESPACE_GET|dev|dev|namespaces \"dev\" is forbidden: User \"U\" cannot get resource"
                        + " \"namespaces\" in API group \"\" at the cluster scope",
                "SYSTEM_INFO|*||forbidden: User \"U\" cannot get path \"/system/info\"",
            })
    void saysNoAsKubernetesDoes(Action action, String namespace, String name, String text) {
        assertThat(ReviewedAction.refusal("U", ReviewedAction.of(action, namespace, name == null ? "" : name)))
                .isEqualTo(text);
    }

    @Test
    void printsNoControlCharactersOfANames() {
        assertThat(ReviewedAction.refusal("a\r\nb", ReviewedAction.of(Action.FUNCTION_GET, "dev", "x\u001b")))
                .doesNotContain("\r", "\n", "\u001b");
    }

    @Test
    void takesAContradictionForANo() {
        cluster.rights.put(functions("get", "dev", "a"), new AccessStatus(true, true, ""));
        cluster.rights.put(functions("get", "dev", "b"), new AccessStatus(false, false, "a rule is broken"));
        cluster.rights.put(functions("get", "dev", "c"), new AccessStatus(true, false, "a rule is broken"));
        assertThat(may(Action.FUNCTION_GET, "dev", "a")).isFalse();
        assertThat(may(Action.FUNCTION_GET, "dev", "b")).isFalse();
        assertThat(may(Action.FUNCTION_GET, "dev", "c")).isTrue();
    }

    @Test
    void remembersYesForTenSeconds_andNoForFive() {
        cluster.allows(functions("get", "dev", "a"));
        may(Action.FUNCTION_GET, "dev", "a");
        may(Action.FUNCTION_GET, "dev", "b");
        nanos.addAndGet(Duration.ofMillis(4_999).toNanos());
        assertThat(reviews.recall(robot(), Action.FUNCTION_GET, "dev", "a")).isTrue();
        assertThat(reviews.recall(robot(), Action.FUNCTION_GET, "dev", "b")).isFalse();
        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(reviews.recall(robot(), Action.FUNCTION_GET, "dev", "b")).isNull();
        nanos.addAndGet(Duration.ofMillis(4_999).toNanos());
        assertThat(reviews.recall(robot(), Action.FUNCTION_GET, "dev", "a")).isTrue();
        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(reviews.recall(robot(), Action.FUNCTION_GET, "dev", "a")).isNull();
    }

    @Test
    void findsAnyNamespace_byTheClusterFirst_thenOneByOne() {
        assertThat(may(Action.NAMESPACE_LIST, AccessGate.ANYWHERE, "")).isFalse();
        assertThat(cluster.asked).hasSize(1 + NAMESPACES.size());
        assertThat(cluster.asked.get(0)).isEqualTo(new Attributes.Resource("", "namespaces", "", "list", "", ""));

        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        cluster.allows(new Attributes.Resource("", "namespaces", "", "list", "staging", "staging"));
        assertThat(may(Action.NAMESPACE_LIST, AccessGate.ANYWHERE, "")).isTrue();
        assertThat(reviews.among(robot(), NAMESPACES, Action.NAMESPACE_LIST).block(Duration.ofSeconds(5)))
                .containsExactly("staging");

        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
        cluster.asked.clear();
        cluster.allows(new Attributes.Resource("", "namespaces", "", "list", "", ""));
        assertThat(may(Action.NAMESPACE_LIST, AccessGate.ANYWHERE, "")).isTrue();
        assertThat(reviews.among(robot(), NAMESPACES, Action.NAMESPACE_LIST).block(Duration.ofSeconds(5)))
                .isEqualTo(NAMESPACES);
        assertThat(cluster.asked).as("one question for all").hasSize(1);
    }

    @Test
    void asksAboutTwoHundredNamespacesAtMost() {
        List<String> many = IntStream.range(0, 300).mapToObj(i -> "ns-" + i).toList();
        assertThat(reviews.among(robot(), many, Action.NAMESPACE_LIST).block(Duration.ofSeconds(5)))
                .isEmpty();
        assertThat(cluster.askedAbout(Set.copyOf(many))).isEqualTo(200);
    }

    @Test
    void answersNeitherYesNorNo_whenTheClusterDoesNot() {
        cluster.trouble = Mono.never();
        StepVerifier.withVirtualTime(() -> reviews.ask(robot(), Action.FUNCTION_LIST, "dev", ""))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(1_999))
                .thenAwait(Duration.ofMillis(1))
                .verifyErrorSatisfies(thrown ->
                        assertThat(((FailureException) thrown).failure()).isEqualTo(Failure.UNAVAILABLE));
    }

    @Test
    void hasARightNameForEveryAction() {
        Set<Attributes> all = Set.of(Action.values()).stream()
                .map(action -> ReviewedAction.of(action, "dev", "a"))
                .collect(Collectors.toSet());
        assertThat(all).as("no two actions are the same right").hasSize(Action.values().length);
        Set<String> verbs = new TreeSet<>();
        all.forEach(each -> verbs.add(
                each instanceof Attributes.Resource resource ? resource.verb() : ((Attributes.Path) each).verb()));
        assertThat(verbs).allSatisfy(verb -> assertThat(verb).isEqualTo(verb.toLowerCase(Locale.ROOT)));
    }
}
