package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.CallHead;
import sluice.core.Component;
import sluice.core.Endpoint;
import sluice.core.Failure;
import sluice.core.FunctionCatalog;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Guard;
import sluice.core.HeapPressure;
import sluice.core.HostRoute;
import sluice.core.InMemoryProvider;
import sluice.core.MetricFamily;
import sluice.core.Settings;
import sluice.core.VersionInfo;
import sluice.core.calls.FunctionCaller;
import sluice.http.ControlPlane;
import sluice.http.GatewayServer;
import sluice.http.HttpConfig;

/**
 * A whole gateway on a free port of this machine, with functions that speak bytes. A new one for each test; after it,
 * no call may be left in flight, no buffer leaked, no function have got a malformed request, and no exception be in the
 * log.
 */
final class GatewayFixture implements BeforeEachCallback, AfterEachCallback {
    /** The one credential that the gateway itself accepts. */
    static final String OWN_CREDENTIAL = "Basic YWRtaW46c2VjcmV0";

    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(5);

    private final Map<String, String> environment = new HashMap<>();
    private final List<RawFunction> functions = new ArrayList<>();
    private final InMemoryProvider provider = new InMemoryProvider();
    private @Nullable LogWatch log;
    private @Nullable Invoker invoker;
    private @Nullable FunctionCatalog catalog;
    private @Nullable GatewayServer server;
    private volatile @Nullable Mono<AccessGate.Decision> admission;
    private volatile HeapPressure.Level heap = HeapPressure.Level.LOW;

    private GatewayFixture(String... settings) {
        environment.put("SLUICE_BIND", "127.0.0.1");
        environment.put("SLUICE_PORT", "0");
        environment.put("SLUICE_TRANSPORT", System.getProperty("sluice.test.transport", "auto"));
        environment.putAll(Tls.settings());
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
    }

    static GatewayFixture standard() {
        return new GatewayFixture();
    }

    /** A gateway with these settings: name, value, name, value. */
    static GatewayFixture with(String... settings) {
        return new GatewayFixture(settings);
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        LogWatch watch = LogWatch.of(test);
        watch.clear();
        log = watch;
        Settings settings = new Settings(environment);
        VersionInfo version = new VersionInfo("1.2.3", "abcdef0");
        InvokerConfig config = InvokerConfig.from(settings);
        HttpConfig http = HttpConfig.from(settings);
        assertThat(settings.problems()).isEmpty();
        invoker = new Invoker(config, provider, provider, new OneCaller(), version);
        catalog = new FunctionCatalog(provider, 0);
        ControlPlane control =
                new ControlPlane(provider, catalog, invoker, new OneCaller(), version, config.defaultNamespace());
        heap = HeapPressure.Level.LOW;
        invoker.heed(() -> heap);
        control.heed(() -> heap);
        server = GatewayServer.start(http, invoker, control);
        invoker.runOn(server.eventLoops());
    }

    @Override
    public void afterEach(ExtensionContext test) throws IOException {
        for (RawFunction function : functions) {
            function.close();
        }
        awaitNothingInFlight();
        stop();
        Objects.requireNonNull(catalog).dispose();
        Objects.requireNonNull(invoker).dispose();
        Objects.requireNonNull(log).assertNoFailures();
        for (RawFunction function : functions) {
            assertThat(function.violations()).isEmpty();
        }
    }

    /** Drains and closes the gateway. */
    void stop() {
        server().stop(LONGEST_DRAIN).block();
    }

    /** Calls of guarded functions wait until the gate has got this answer. */
    void admitAfter(Mono<AccessGate.Decision> answer) {
        admission = answer;
    }

    /** As when the heap were so full. */
    void heap(HeapPressure.Level level) {
        heap = level;
    }

    /** These hosts and paths, and no others, are calls from now on. */
    void map(HostRoute... routes) {
        Objects.requireNonNull(invoker).map(() -> Flux.just(List.of(routes)));
    }

    /** Whether a stop has reached the calls. */
    boolean isDraining() {
        return Objects.requireNonNull(invoker).isDraining();
    }

    int port() {
        return server().port();
    }

    /** What calls functions for a queue. */
    FunctionCaller caller() {
        return Objects.requireNonNull(invoker).caller();
    }

    /** The event loops of all client connections. */
    EventLoopGroup eventLoops() {
        return server().eventLoops();
    }

    /** A second data plane over the same functions; it has no door and no loops yet. */
    Invoker anotherInvoker() {
        InvokerConfig config = InvokerConfig.from(new Settings(environment));
        return new Invoker(config, provider, provider, new OneCaller(), new VersionInfo("1.2.3", "abcdef0"));
    }

    RawConnection connect() throws IOException {
        return RawConnection.open(port());
    }

    /** One request on a connection of its own. */
    RawMessage call(String request) throws IOException {
        try (RawConnection client = connect()) {
            client.send(request);
            return client.answerTo(request.substring(0, Math.max(0, request.indexOf(' '))));
        }
    }

    /** As {@link #call}, but an informational answer counts as the answer. */
    RawMessage callUnfiltered(String request) throws IOException {
        try (RawConnection client = connect()) {
            client.send(request);
            return RawMessage.answer(client, "GET");
        }
    }

    /** A running replica that no function has yet. */
    RawFunction running(RawFunction.Script script) throws IOException {
        RawFunction function = RawFunction.running(script);
        functions.add(function);
        return function;
    }

    /** A function with one replica that answers every call with {@code ok}. */
    @CanIgnoreReturnValue
    RawFunction function(String name) throws IOException {
        return function(name, RawFunction.answering(RawFunction.OK));
    }

    /** A function with one replica that runs {@code script}. */
    @CanIgnoreReturnValue
    RawFunction function(String name, RawFunction.Script script) throws IOException {
        RawFunction function = running(script);
        deploy(name, function.endpoint(name + "-" + function.port()));
        return function;
    }

    /** A function with these replicas, without a limit. */
    void deploy(String name, Endpoint... replicas) {
        put(name, Map.of(), Map.of(), replicas);
    }

    /** A function whose replicas take so many calls at a time. */
    void deployLimited(String name, int maxInflight, Endpoint... replicas) {
        put(name, Map.of("max_inflight", Integer.toString(maxInflight)), Map.of(), replicas);
    }

    /** A function with one annotation. */
    void deployWith(String name, String annotation, String value, Endpoint... replicas) {
        put(name, Map.of(), Map.of(annotation, value), replicas);
    }

    /** A function with these annotations. */
    void deployAnnotated(String name, Map<String, String> annotations, Endpoint... replicas) {
        put(name, Map.of(), annotations, replicas);
    }

    private void put(
            String name, Map<String, String> variables, Map<String, String> annotations, Endpoint... replicas) {
        FunctionDeployment deployment = new FunctionDeployment(
                new FunctionName(name, "openfaas-fn"),
                "image",
                null,
                variables,
                List.of(),
                List.of(),
                Map.of(),
                annotations,
                null,
                null,
                false);
        int ready = (int) List.of(replicas).stream().filter(Endpoint::isReady).count();
        provider.put(new FunctionStatus(deployment, replicas.length, ready, Instant.now(), null), List.of(replicas));
    }

    InMemoryProvider provider() {
        return provider;
    }

    /** A replica whose port nobody listens on. */
    Endpoint deadEndpoint(String replica) throws IOException {
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Endpoint(replica, "127.0.0.1", gone.getLocalPort(), Endpoint.State.READY);
        }
    }

    /** The request is answered once, with {@code status}, the connection closed, and {@code function} hears nothing. */
    void assertRefused(String request, int status, RawFunction function) throws IOException {
        assertOneAnswer(request, status);
        assertUntouched(function);
    }

    /** As {@link #assertRefused}, where the head was fine: the function may have seen a part, but nothing whole. */
    void assertRefusedAfterTheHead(String request, int status, RawFunction function) throws IOException {
        assertOneAnswer(request, status);
        assertThat(call(Requests.get("/function/f/marker")).status()).isEqualTo(200);
        assertThat(function.requests())
                .filteredOn(RawMessage::isWhole)
                .extracting(RawMessage::target)
                .containsOnly("/marker");
        Eventually.await("cut requests to be aborted", () -> function.unfinishedRequests() == 0);
    }

    /** The request is answered with {@code status}, and {@code function} hears nothing; the connection may live on. */
    void assertRejected(String request, int status, RawFunction function) throws IOException {
        assertThat(call(request).status()).isEqualTo(status);
        assertThat(function.connections()).isZero();
    }

    private void assertOneAnswer(String request, int status) throws IOException {
        try (RawConnection client = connect()) {
            client.send(request);
            RawMessage answer = client.answer();
            if (Http2.IS_ON) { // the codec resets a stream that is malformed, and the others go on
                assertThat(answer.status()).describedAs(answer.toString()).isIn(0, status);
                return;
            }
            assertThat(answer.status()).describedAs(answer.toString()).isEqualTo(status);
            assertThat(answer.isWhole()).isTrue();
            assertThat(answer.saysClose()).isTrue();
            assertThat(client.rest()).isEmpty();
        }
    }

    /** The function {@code f} has got nothing but the marker which is sent now, so that what was on its way is seen. */
    void assertUntouched(RawFunction function) throws IOException {
        assertThat(call(Requests.get("/function/f/marker")).status()).isEqualTo(200);
        assertThat(function.requests()).extracting(RawMessage::target).containsOnly("/marker");
        assertThat(function.connections())
                .isLessThanOrEqualTo(function.requests().size());
    }

    /** Calls that wait or run. */
    long callsInFlight() {
        return (long) (sum("gateway_function_invocation_inflight")
                + sum("sluice_calls_waiting")
                + sum("sluice_async_calls_waiting"));
    }

    void awaitNothingInFlight() {
        Eventually.await("no call to be in flight", () -> callsInFlight() == 0 && sum("sluice_calls_in_flight") == 0);
    }

    /** Calls of a function that were counted under a status code. */
    long completed(String name, String code) {
        return (long) families().stream()
                .filter(family -> family.name().equals("gateway_function_invocation_total"))
                .flatMap(family -> family.samples().stream())
                .filter(sample -> code.equals(sample.labels().get("code")))
                .filter(sample -> (name + ".openfaas-fn").equals(sample.labels().get("function_name")))
                .mapToDouble(MetricFamily.Sample::value)
                .sum();
    }

    /** All metrics, one sample a line. */
    String metricsText() {
        StringBuilder text = new StringBuilder();
        for (MetricFamily family : families()) {
            family.samples()
                    .forEach(sample -> text.append(family.name()).append(sample).append('\n'));
        }
        return text.toString();
    }

    /** Every log line of this test so far. */
    List<String> logged() {
        return Objects.requireNonNull(log).lines();
    }

    private double sum(String name) {
        return families().stream()
                .filter(family -> family.name().equals(name))
                .flatMap(family -> family.samples().stream())
                .mapToDouble(MetricFamily.Sample::value)
                .sum();
    }

    private List<MetricFamily> families() {
        return Objects.requireNonNull(Objects.requireNonNull(invoker).collect().block(RawConnection.PATIENCE));
    }

    private GatewayServer server() {
        return Objects.requireNonNull(server, "the gateway runs only within a test");
    }

    /** Lets the owner of {@link #OWN_CREDENTIAL} do everything, and takes no two credentials for one. */
    private final class OneCaller implements AccessGate {
        @Override
        public Decision admit(CallHead head, InetSocketAddress peer, FunctionName function, Guard guard) {
            Mono<Decision> answer = admission;
            return answer == null ? AccessGate.super.admit(head, peer, function, guard) : new Decision.Ask(answer);
        }

        @Override
        public Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace) {
            List<String> credentials = headers.getAll(HttpHeaderNames.AUTHORIZATION);
            if (credentials.stream().distinct().count() > 1) {
                return new Decision.Deny(
                        Failure.INVALID_REQUEST.in(Component.ACCESS, "more than one Authorization header"), "", 0);
            }
            return credentials.contains(OWN_CREDENTIAL)
                    ? new Decision.Allow("admin")
                    : new Decision.Deny(
                            Failure.NOT_AUTHENTICATED.in(Component.ACCESS, "invalid credentials"),
                            "Basic realm=\"Restricted\"",
                            0);
        }

        @Override
        public boolean isOwnCredential(CharSequence authorization) {
            return OWN_CREDENTIAL.contentEquals(authorization);
        }
    }
}
