package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionCatalog;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.InMemoryProvider;
import sluice.core.Settings;
import sluice.core.TokenDesk;
import sluice.core.TokenDesks;
import sluice.core.VersionInfo;
import sluice.core.calls.CallState;

/** A gateway on a free loopback port in front of an {@link InMemoryProvider}, whose functions echo. */
final class RunningGateway implements AutoCloseable {
    /** Who may do everything. */
    static final String ADMIN =
            "Basic " + Base64.getEncoder().encodeToString("admin:secret".getBytes(StandardCharsets.UTF_8));
    /** Who is known and may do nothing. */
    static final String NOBODY = "Bearer nobody";
    /** Who guessed too often. */
    static final String GUESSER = "Bearer guesser";

    /** The id of the one token of a private function. */
    static final String TOKEN = "0123456789abcdef0123456789abcdef";

    final InMemoryProvider provider = new InMemoryProvider();
    final MemoryJournal journal = new MemoryJournal();
    private final FunctionCatalog functions = new FunctionCatalog(provider, 0);
    private final FunctionHistory history;
    private final ControlPlane controlPlane;
    private final GatewayServer server;
    private volatile boolean isProviderBroken;

    RunningGateway() {
        Settings settings = new Settings(
                Map.of("SLUICE_BIND", "127.0.0.1", "SLUICE_PORT", "0", "SLUICE_QUEUE_MAX_BODY", "1048576"));
        this.history = new FunctionHistory(provider, WatchConfig.from(settings));
        this.controlPlane = new ControlPlane(
                breakable(),
                functions,
                () -> Mono.just(Map.of(new FunctionName("wc", "openfaas-fn"), 7L)),
                new Gate(),
                VersionInfo.current(),
                InMemoryProvider.DEFAULT_NAMESPACE,
                new AsyncCalls(journal, AsyncConfig.from(settings), TestGateway.callbacks(settings)),
                new TokenDesks(new Desk(), new SomeTokens(), new SomeRevocations()),
                history);
        this.server = GatewayServer.start(HttpConfig.from(settings), new EchoDataPlane(), controlPlane);
    }

    int port() {
        return server.port();
    }

    /** The API table, as {@code METHOD path}. */
    Set<String> routes() {
        return Stream.concat(
                        controlPlane.routes().stream().map(route -> route.method() + " " + route.path()),
                        AsyncApi.ROUTES.stream())
                .collect(Collectors.toSet());
    }

    /** From now on it takes nothing new. */
    void drain() {
        controlPlane.drain(Duration.ofMinutes(1)).subscribe();
    }

    /**
     * Keeps calls: {@code open} is queued, {@code done} has a result, {@code dead} has none, {@code gone} is only a
     * tombstone, and {@code keyed} has the idempotency key {@code used}.
     */
    void fillTheJournal() {
        journal.isDown = false;
        journal.clear();
        for (String id : List.of("open", "done", "dead", "gone", "keyed")) {
            String key = id.equals("keyed") ? "used" : id;
            RawHttp.Reply reply = RawHttp.exchange(
                    port(),
                    "POST",
                    "/async-function/wc",
                    "",
                    "Authorization: " + ADMIN,
                    "X-Call-Id: " + id,
                    "X-Callback-Url: http://hooks.test/",
                    "Idempotency-Key: " + key);
            if (reply.status() != 202) {
                throw new IllegalStateException(reply.toString());
            }
        }
        journal.answer("done", MemoryJournal.Answered.of(200, "0123456789"));
        journal.end("dead", CallState.DEAD, "no answer");
        journal.answer("gone", MemoryJournal.Answered.of(200, "0123456789"));
        journal.forget("gone");
    }

    /** From now on every question to the provider fails, or no longer does. */
    void breakProvider(boolean isBroken) {
        isProviderBroken = isBroken;
    }

    @Override
    public void close() {
        history.dispose();
        functions.dispose();
        server.stop(Duration.ZERO).block(Duration.ofSeconds(10));
    }

    private FunctionProvider breakable() {
        InvocationHandler handler = (proxy, method, arguments) -> {
            FailureException broken = Failure.PROVIDER_FAILED.in(Component.PROVIDER, "broken on purpose");
            if (isProviderBroken && method.getReturnType() == Mono.class) {
                return Mono.error(broken);
            }
            if (isProviderBroken && method.getReturnType() == Flux.class) {
                return Flux.error(broken);
            }
            try {
                return method.invoke(provider, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return (FunctionProvider) Proxy.newProxyInstance(
                FunctionProvider.class.getClassLoader(), new Class<?>[] {FunctionProvider.class}, handler);
    }

    /** Gives out tokens to those whose subject token is {@code good}. */
    private static final class Desk implements TokenDesk {
        @Override
        public String issuer() {
            return "https://gw.example.net";
        }

        @Override
        public Map<String, Object> keySet() {
            return Map.of("keys", List.of());
        }

        @Override
        public Mono<Exchange> exchange(Request request) {
            return Mono.just(
                    switch (request.form()
                            .getOrDefault("subject_token", List.of(""))
                            .get(0)) {
                        case "good" -> new Exchange.Issued("a.b.c", 60, "function");
                        case "often" -> new Exchange.Refused(Failure.OVERLOADED, "slow_down", "too many requests", 6);
                        case "down" ->
                            new Exchange.Refused(
                                    Failure.UNAVAILABLE, "temporarily_unavailable", "keys cannot be fetched", 5);
                        default ->
                            new Exchange.Refused(Failure.INVALID_REQUEST, "invalid_request", "malformed token", 0);
                    });
        }
    }

    private static final class Gate implements AccessGate {
        @Override
        public Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace) {
            return switch (headers.get(HttpHeaderNames.AUTHORIZATION, "")) {
                case NOBODY -> deny(Failure.NOT_PERMITTED, "insufficient permissions", "", 0);
                case GUESSER -> deny(Failure.OVERLOADED, "too many failed authentications", "", 6);
                default ->
                    isOwnCredential(headers.get(HttpHeaderNames.AUTHORIZATION, ""))
                            ? new Decision.Allow("admin")
                            : deny(Failure.NOT_AUTHENTICATED, "invalid credentials", "Basic realm=\"Restricted\"", 0);
            };
        }

        @Override
        public boolean isOwnCredential(CharSequence authorization) {
            return ADMIN.contentEquals(authorization);
        }

        private static Decision deny(Failure failure, String text, String challenge, int retryAfterSeconds) {
            return new Decision.Deny(failure.in(Component.ACCESS, text), challenge, retryAfterSeconds);
        }
    }
}
