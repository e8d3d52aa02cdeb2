package sluice.benchmarks.peer;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Endpoint;
import sluice.core.Failure;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionProvider;
import sluice.core.FunctionStatus;
import sluice.core.LogLine;
import sluice.core.LogQuery;
import sluice.core.ProviderInfo;
import sluice.core.RouteChange;
import sluice.core.RouteSource;
import sluice.core.Secret;
import sluice.core.VersionInfo;

/** The function {@code up} and any number of others, each with one replica that somebody else runs. Refuses changes. */
final class FixedProvider implements FunctionProvider, RouteSource {
    private final FunctionStatus up;
    private final Endpoint replica;
    private final int others;

    /** With {@code others} functions beside {@code up}. */
    FixedProvider(String namespace, int upstreamPort, int others) {
        up = status(new FunctionName("up", namespace));
        replica = new Endpoint("up-1", "127.0.0.1", upstreamPort, Endpoint.State.READY);
        this.others = others;
    }

    /** The name of the others, by their number. */
    static String name(int number) {
        return "up-" + number;
    }

    private static FunctionStatus status(FunctionName name) {
        FunctionDeployment deployment = new FunctionDeployment(
                name, "upstream", null, Map.of(), List.of(), List.of(), Map.of(), Map.of(), null, null, false);
        return new FunctionStatus(deployment, 1, 1, Instant.now(), null);
    }

    @Override
    public Flux<RouteChange> changes() {
        Flux<RouteChange> all = Flux.range(0, others)
                .map(number -> new FunctionName(name(number), up.name().namespace()))
                .map(FixedProvider::status)
                .startWith(up)
                .map(status -> new RouteChange.Changed(status, List.of(replica)));
        return Flux.concat(all, Flux.just(new RouteChange.Synced()), Flux.never());
    }

    @Override
    public Mono<List<FunctionStatus>> list(String namespace) {
        return Mono.just(namespace.equals(up.name().namespace()) ? List.of(up) : List.of());
    }

    @Override
    public Mono<FunctionStatus> describe(FunctionName name, boolean withUsage) {
        return name.equals(up.name())
                ? Mono.just(up)
                : Mono.error(Failure.UNKNOWN_FUNCTION.in(Component.PROVIDER, "no function " + name));
    }

    @Override
    public Mono<List<String>> namespaces() {
        return Mono.just(List.of(up.name().namespace()));
    }

    @Override
    public Mono<FunctionNamespace> namespace(String name) {
        return Mono.just(new FunctionNamespace(name, Map.of(), Map.of()));
    }

    @Override
    public Mono<List<Secret.Id>> secrets(String namespace) {
        return Mono.just(List.of());
    }

    @Override
    public Flux<LogLine> logs(LogQuery query) {
        return Flux.empty();
    }

    @Override
    public ProviderInfo info() {
        return new ProviderInfo("bench", "none", VersionInfo.current(), Map.of());
    }

    @Override
    public Mono<Void> deploy(FunctionDeployment deployment) {
        return refuse();
    }

    @Override
    public Mono<Void> update(FunctionDeployment deployment) {
        return refuse();
    }

    @Override
    public Mono<Void> remove(FunctionName name) {
        return refuse();
    }

    @Override
    public Mono<Void> scale(FunctionName name, int replicas) {
        return refuse();
    }

    @Override
    public Mono<Void> createSecret(Secret secret) {
        return refuse();
    }

    @Override
    public Mono<Void> updateSecret(Secret secret) {
        return refuse();
    }

    @Override
    public Mono<Void> removeSecret(Secret.Id id) {
        return refuse();
    }

    @Override
    public Mono<Void> createNamespace(FunctionNamespace namespace) {
        return refuse();
    }

    @Override
    public Mono<Void> updateNamespace(FunctionNamespace namespace) {
        return refuse();
    }

    @Override
    public Mono<Void> removeNamespace(String name) {
        return refuse();
    }

    private static Mono<Void> refuse() {
        return Mono.error(Failure.PROVIDER_FAILED.in(Component.PROVIDER, "nothing changes while it is measured"));
    }
}
