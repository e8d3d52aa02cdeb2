package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import sluice.core.Endpoint;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.LogLine;
import sluice.core.LogQuery;
import sluice.core.Resources;
import sluice.core.RouteChange;
import sluice.core.Settings;

/** A provider with its data directory, and what it has told of its routes so far. */
final class Workbench implements AutoCloseable {
    static final String NAMESPACE = "openfaas-fn";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final LocalProvider provider;
    private final Map<FunctionName, RouteChange.Changed> routes = new ConcurrentHashMap<>();
    private final Disposable feed;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Workbench(LocalProvider provider) {
        this.provider = provider;
        this.feed = provider.changes().subscribe(change -> {
            if (change instanceof RouteChange.Changed changed) {
                routes.put(changed.status().name(), changed);
            } else if (change instanceof RouteChange.Removed removed) {
                routes.remove(removed.last().name());
            }
        });
    }

    static Workbench open(Path data) {
        return open(data, Map.of());
    }

    static Workbench open(Path data, Map<String, String> settings) {
        return new Workbench(LocalProvider.open(config(data, settings)));
    }

    static LocalConfig config(Path data, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of("SLUICE_LOCAL_DRAIN_GRACE", "5s"));
        all.putAll(settings);
        Settings read = new Settings(all);
        LocalConfig config = LocalConfig.from(read, data);
        assertThat(read.problems()).isEmpty();
        return config;
    }

    static FunctionName name(String name) {
        return new FunctionName(name, NAMESPACE);
    }

    /** A function that runs {@code command}, to be changed by {@code with...}. */
    static Deployment function(String name, String command) {
        return new Deployment(name(name), command);
    }

    void deploy(Deployment deployment) {
        provider.deploy(deployment.build()).block();
    }

    /** The ready endpoint of a function, awaited. */
    Endpoint ready(String function) throws Exception {
        return ready(function, 1).get(0);
    }

    List<Endpoint> ready(String function, int count) throws Exception {
        return await(() -> readyNow(function), endpoints -> endpoints.size() == count);
    }

    List<Endpoint> readyNow(String function) {
        return endpoints(function).stream().filter(Endpoint::isReady).toList();
    }

    List<Endpoint> endpoints(String function) {
        RouteChange.Changed route = routes.get(name(function));
        return route == null ? List.of() : route.endpoints();
    }

    @CanIgnoreReturnValue
    HttpResponse<String> get(Endpoint endpoint, String target) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(endpoint, target)));
    }

    @CanIgnoreReturnValue
    HttpResponse<String> post(Endpoint endpoint, String target, String body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(endpoint, target)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    @CanIgnoreReturnValue
    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpClient client() {
        return client;
    }

    static URI uri(Endpoint endpoint, String target) {
        return URI.create("http://" + endpoint.host() + ":" + endpoint.port() + target);
    }

    List<String> log(String function) {
        return Objects.requireNonNull(provider.logs(new LogQuery(name(function), null, 0, null, false))
                .map(LogLine::text)
                .collectList()
                .block());
    }

    static <T> T value(Mono<T> mono) {
        return Objects.requireNonNull(mono.block());
    }

    /** Asks until the answer is right. */
    @CanIgnoreReturnValue
    static <T> T await(Callable<T> question, java.util.function.Predicate<T> isRight) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        T answer = question.call();
        while (!isRight.test(answer)) {
            assertThat(System.nanoTime())
                    .as("waited in vain, last was %s", answer)
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(10);
            answer = question.call();
        }
        return answer;
    }

    @Override
    public void close() {
        feed.dispose();
        provider.close();
    }

    /** A deployment in the making. */
    static final class Deployment {
        private final FunctionName name;
        private final String command;
        private String image = "example/none:latest";
        private Map<String, String> variables = Map.of();
        private List<String> secrets = List.of();
        private Map<String, String> labels = Map.of();
        private Map<String, String> annotations = Map.of();
        private @org.jspecify.annotations.Nullable Resources limits;
        private boolean isReadOnly;

        private Deployment(FunctionName name, String command) {
            this.name = name;
            this.command = command;
        }

        Deployment image(String reference) {
            image = reference;
            return this;
        }

        Deployment variables(Map<String, String> values) {
            variables = values;
            return this;
        }

        Deployment secrets(String... names) {
            secrets = List.of(names);
            return this;
        }

        Deployment labels(Map<String, String> values) {
            labels = values;
            return this;
        }

        Deployment annotations(Map<String, String> values) {
            annotations = values;
            return this;
        }

        Deployment limits(
                @org.jspecify.annotations.Nullable String memory, @org.jspecify.annotations.Nullable String cpu) {
            limits = new Resources(memory, cpu, null, null, null);
            return this;
        }

        Deployment readOnly() {
            isReadOnly = true;
            return this;
        }

        FunctionDeployment build() {
            return new FunctionDeployment(
                    name,
                    image,
                    command.isEmpty() ? null : command,
                    variables,
                    List.of(),
                    secrets,
                    labels,
                    annotations,
                    limits,
                    null,
                    isReadOnly);
        }
    }
}
