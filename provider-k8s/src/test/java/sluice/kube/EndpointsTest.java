package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.kube.StubbedProvider.name;
import static sluice.kube.StubbedProvider.slice;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Endpoint;

class EndpointsTest {
    @TempDir
    Path directory;

    @Test
    void followsPods_untilTheyTerminate() throws IOException {
        try (StubbedProvider bench = StubbedProvider.open(directory, Map.of())) {
            bench.run(bench.provider.deploy(Functions.named("echo").build()));
            bench.admin.resource(slice("echo", "echo-1", "pod-1", false, false)).create();
            awaitState(bench, Endpoint.State.STARTING);

            bench.admin.resource(slice("echo", "echo-1", "pod-1", true, false)).update();
            awaitState(bench, Endpoint.State.READY);
            assertThat(bench.routes.endpoints(name("echo")))
                    .containsExactly(new Endpoint("pod-1", "10.1.2.3", 9000, Endpoint.State.READY));

            bench.admin.resource(slice("echo", "echo-1", "pod-1", true, true)).update();
            awaitState(bench, Endpoint.State.DRAINING);

            bench.admin.resource(slice("echo", "echo-1", "pod-1", true, true)).delete();
            Routes.await(
                    "no endpoint", () -> bench.routes.endpoints(name("echo")).isEmpty());
        }
    }

    @Test
    void tellsAPodOnce_thatIsInTwoSlices_asTheOneWhereItIsLeaving() throws IOException {
        try (StubbedProvider bench = StubbedProvider.open(directory, Map.of())) {
            bench.admin.resource(slice("echo", "echo-1", "pod-1", true, false)).create();
            bench.admin.resource(slice("echo", "echo-2", "pod-1", true, true)).create();
            bench.admin.resource(slice("echo", "echo-3", "pod-2", true, false)).create();

            bench.run(bench.provider.deploy(Functions.named("echo").build()));

            Routes.await("two pods", () -> bench.routes.endpoints(name("echo")).size() == 2);
            assertThat(bench.routes.endpoints(name("echo")))
                    .extracting(Endpoint::replica, Endpoint::state)
                    .containsExactlyInAnyOrder(
                            org.assertj.core.groups.Tuple.tuple("pod-1", Endpoint.State.DRAINING),
                            org.assertj.core.groups.Tuple.tuple("pod-2", Endpoint.State.READY));
        }
    }

    @Test
    void callsTheServicesAddress_forMeshes() throws IOException {
        try (StubbedProvider bench = StubbedProvider.open(directory, Map.of("direct_functions", "true"))) {
            bench.run(bench.provider.deploy(Functions.named("echo").build()));

            Routes.await(
                    "an endpoint", () -> bench.routes.endpoints(name("echo")).size() == 1);
            Endpoint endpoint = bench.routes.endpoints(name("echo")).get(0);
            assertThat(endpoint.host()).startsWith("10.96.0.");
            assertThat(endpoint.port()).isEqualTo(8080);
        }
    }

    private static void awaitState(StubbedProvider bench, Endpoint.State state) {
        Routes.await(
                state.toString(),
                () -> bench.routes.endpoints(name("echo")).stream().anyMatch(each -> each.state() == state));
    }
}
