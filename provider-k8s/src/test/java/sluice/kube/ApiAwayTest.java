package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.kube.StubbedProvider.PATIENCE;
import static sluice.kube.StubbedProvider.name;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionStatus;

/** What goes on, and what is refused, while the API is away, throttles, or has forgotten. */
class ApiAwayTest {
    @TempDir
    Path directory;

    private StubbedProvider bench;

    @BeforeEach
    void open() throws IOException {
        bench = StubbedProvider.open(directory, Map.of("SLUICE_KUBE_REQUEST_TIMEOUT", "2s"));
        bench.run(bench.provider.deploy(Functions.named("echo").build()));
        bench.admin
                .resource(StubbedProvider.slice("echo", "echo-1", "pod-1", true, false))
                .create();
        Routes.await("an endpoint", () -> !bench.routes.endpoints(name("echo")).isEmpty());
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void keepsWhatItKnows_andRefusesChangesWithTheReason() {
        bench.api.stop();
        Routes.await("the watches to notice", () -> !connected());

        assertThat(bench.routes.endpoints(name("echo"))).hasSize(1);
        StepVerifier.create(bench.provider.describe(name("echo"), false).map(FunctionStatus::replicas))
                .expectNext(1)
                .expectComplete()
                .verify(PATIENCE);
        refuses(bench.provider.scale(name("echo"), 2));
        refuses(bench.provider.deploy(Functions.named("other").build()));
        refuses(bench.provider.secrets(Functions.NAMESPACE).then());
    }

    @Test
    void convergesOnceItIsBack_alsoWhenItHasForgottenWhatHappened() throws IOException {
        bench.api.stop();
        Routes.await("the watches to notice", () -> !connected());
        bench.api.objects.delete(new StubPath("apps", "v1", Functions.NAMESPACE, "deployments", "echo", ""));
        bench.api.objects.compact(); // a watch from where it was is answered by 410

        bench.api.startAgain();

        Routes.await("the function to go", () -> !bench.routes.has(name("echo")));
        Routes.await("the watches to run", this::connected);
        bench.run(bench.provider.deploy(Functions.named("other").build()));
        assertThat(bench.routes.has(name("other"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void saysThatItCannotBeDoneNow_whenTheApiSaysSo(int status) {
        bench.api.refuse(status);

        refuses(bench.provider.scale(name("echo"), 2));
    }

    @Test
    void saysWhatItMayNotDo() {
        bench.api.refuse(403);

        StepVerifier.create(bench.provider.scale(name("echo"), 2))
                .expectErrorSatisfies(
                        e -> assertThat(((FailureException) e).failure()).isEqualTo(Failure.NOT_PERMITTED))
                .verify(PATIENCE);
    }

    private boolean connected() {
        return bench.provider.watches().values().stream().allMatch(isConnected -> isConnected);
    }

    private static void refuses(reactor.core.publisher.Mono<Void> change) {
        StepVerifier.create(change)
                .expectErrorSatisfies(e -> {
                    FailureException refusal = (FailureException) e;
                    assertThat(refusal.failure()).isEqualTo(Failure.UNAVAILABLE);
                    assertThat(refusal.text()).startsWith("the Kubernetes API cannot do it now: ");
                })
                .verify(PATIENCE);
    }
}
