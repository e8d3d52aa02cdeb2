package sluice.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.ConnectionFacts;
import sluice.core.DataPlane;
import sluice.core.Failure;
import sluice.core.FunctionCatalog;
import sluice.core.FunctionName;
import sluice.core.Identity;
import sluice.core.InMemoryProvider;
import sluice.core.Settings;
import sluice.core.TokenDesks;
import sluice.core.VersionInfo;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.CallbackRules;

/** A running server over a provider in memory; credentials are {@code Bearer good}, permitted outside "forbidden". */
final class TestGateway implements AutoCloseable {
    static final String CREDENTIALS = "Authorization: Bearer good";

    final InMemoryProvider provider = new InMemoryProvider();
    final FunctionCatalog catalog = new FunctionCatalog(provider, 1_000);
    final Map<FunctionName, Long> counts = new HashMap<>();
    final MemoryJournal journal = new MemoryJournal();
    final Gate gate = new Gate();
    final FunctionHistory history;
    final ControlPlane control;
    final GatewayServer server;

    TestGateway(Map<String, String> more) {
        this(more, new NoCalls());
    }

    TestGateway(Map<String, String> more, DataPlane dataPlane) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("SLUICE_BIND", "127.0.0.1");
        environment.put("SLUICE_PORT", "0");
        Settings settings = new Settings(environment);
        AsyncConfig async = AsyncConfig.from(settings);
        history = new FunctionHistory(provider, WatchConfig.from(settings));
        control = new ControlPlane(
                provider,
                catalog,
                () -> Mono.just(counts),
                gate,
                new VersionInfo("9.8.7", "cafe123"),
                InMemoryProvider.DEFAULT_NAMESPACE,
                async.isOn() ? new AsyncCalls(journal, async, callbacks(settings)) : null,
                TokenDesks.NONE,
                history);
        server = GatewayServer.start(HttpConfig.from(settings), dataPlane, control);
    }

    /** Receivers are elsewhere, and so is the journal's broker. */
    static CallbackPolicy callbacks(Settings settings) {
        return new CallbackPolicy(CallbackRules.from(settings), false, port -> false, port -> false);
    }

    RawHttp.Reply call(String method, String target, String... headers) {
        return RawHttp.exchange(server.port(), method, target, "", headers);
    }

    /** As one who may. */
    RawHttp.Reply get(String target) {
        return RawHttp.exchange(server.port(), "GET", target, "", CREDENTIALS);
    }

    RawHttp.Reply send(String method, String target, String json, String... headers) {
        List<String> all = new CopyOnWriteArrayList<>(headers);
        all.add(CREDENTIALS);
        return RawHttp.exchange(server.port(), method, target, json, all.toArray(String[]::new));
    }

    @Override
    public void close() {
        server.stop(Duration.ZERO).block(Duration.ofSeconds(10));
        history.dispose();
        catalog.dispose();
    }

    /** Who asked what, and a gate that can be made slow. */
    static final class Gate implements AccessGate {
        final List<String> asked = new CopyOnWriteArrayList<>();
        final List<String> names = new CopyOnWriteArrayList<>();
        volatile boolean decidesByName;
        final List<X509Certificate> certificates = new CopyOnWriteArrayList<>();
        final Set<String> forbidden = ConcurrentHashMap.newKeySet(); // namespaces beside "forbidden"
        volatile @Nullable CountDownLatch hold; // while it is there and above zero, decisions wait

        @Override
        public boolean decidesByName() {
            return decidesByName;
        }

        @Override
        public Decision check(Question question) {
            names.add(question.name());
            if (question.from().certificate() != null) {
                certificates.add(question.from().certificate());
            }
            return AccessGate.super.check(question);
        }

        @Override
        public Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace) {
            asked.add(action.policyName() + " " + namespace);
            Decision decision = decide(headers, namespace);
            CountDownLatch held = hold;
            return held == null ? decision : new Decision.Ask(Mono.fromSupplier(() -> after(held, decision)));
        }

        @Override
        public boolean isOwnCredential(CharSequence authorization) {
            return authorization.toString().equals("Bearer good");
        }

        private static Decision after(CountDownLatch held, Decision decision) {
            try {
                held.await();
            } catch (InterruptedException e) { // the call was cancelled
                Thread.currentThread().interrupt();
            }
            return decision;
        }

        private Decision decide(HttpHeaders headers, String namespace) {
            if (!headers.getAll(HttpHeaderNames.AUTHORIZATION).equals(List.of("Bearer good"))) {
                return new Decision.Deny(
                        Failure.NOT_AUTHENTICATED.in(Component.ACCESS, "invalid credentials"),
                        "Basic realm=\"Restricted\"",
                        0);
            }
            return isForbidden(namespace)
                    ? new Decision.Deny(Failure.NOT_PERMITTED.in(Component.ACCESS, "insufficient permissions"), "", 7)
                    : new Decision.Allow(
                            Identity.of("basic", "tester"),
                            (action, where, function) -> isForbidden(where) ? null : "*",
                            "*");
        }

        private boolean isForbidden(String namespace) {
            return namespace.equals("forbidden") || forbidden.contains(namespace);
        }
    }

    /** A data plane that takes nothing. */
    static final class NoCalls implements DataPlane {
        final List<Duration> drained = new CopyOnWriteArrayList<>();

        @Override
        public void prepare(Channel connection) {}

        @Override
        public Passage install(ChannelPipeline pipeline, String codec, ConnectionFacts facts) {
            return () -> {};
        }

        @Override
        public boolean takes(String target, HttpHeaders headers) {
            return false;
        }

        @Override
        public void open(
                Channel stream,
                String method,
                String target,
                HttpHeaders headers,
                boolean isComplete,
                ConnectionFacts facts) {
            throw new IllegalStateException("takes nothing");
        }

        @Override
        public Mono<Void> drain(Duration bound) {
            return Mono.fromRunnable(() -> drained.add(bound));
        }
    }
}
