package sluice.local;

import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** Asks a replica over HTTP how it is. Any status from 200 to 399 is a yes. Thread-safe. */
final class HealthCheck {
    private static final HttpClient CLIENT =
            HttpClient.create(ConnectionProvider.newConnection()).followRedirect(false);

    private HealthCheck() {}

    /** Whether it answers {@code probe} in time; never fails. */
    static Mono<Boolean> ask(int port, Probe probe) {
        Duration timeout = probe.timeout();
        return CLIENT.get()
                .uri("http://127.0.0.1:" + port + probe.path())
                .responseSingle((response, body) ->
                        Mono.just(response.status().code() / 100).map(hundreds -> hundreds == 2 || hundreds == 3))
                .timeout(timeout)
                .onErrorReturn(false);
    }
}
