package sluice.http;

import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import sluice.core.AccessGate;
import sluice.core.FunctionProvider;
import sluice.core.Functions;
import sluice.core.InvocationCounts;
import sluice.core.VersionInfo;

/** The control plane: turns a request into its answer. Thread-safe. */
public final class ControlPlane {
    /** Answers calls under {@code /system/} by asking {@code provider}; names without a namespace get the default. */
    public ControlPlane(
            FunctionProvider provider,
            Functions functions,
            InvocationCounts counts,
            AccessGate gate,
            VersionInfo version,
            String defaultNamespace) {}

    void configure(HttpConfig config) {}

    Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return response.status(request.path().equals("healthz") ? 200 : 404).send();
    }

    Mono<Void> drain(Duration bound) {
        return Mono.empty();
    }
}
