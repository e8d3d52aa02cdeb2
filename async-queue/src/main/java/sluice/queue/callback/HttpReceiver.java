package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider;
import sluice.core.calls.CallbackPolicy;

/**
 * Posts callbacks over HTTP. On a loop of its own, so that receivers, their TLS and what they answer cost the calls of
 * clients nothing. Thread-safe.
 */
final class HttpReceiver {
    private static final int MOST_ANSWER_BYTES = 64 * 1024;
    private static final Duration MOST_ANSWER_TIME = Duration.ofSeconds(5);
    private static final int DIAL_MILLIS = 5_000;
    /** The client asks for 256 parts ahead of what the receiver takes; small ones, then. */
    private static final int PART = 8 * 1024;

    private final LoopResources loops = LoopResources.create("queue-callbacks", 1, true);
    private final ConnectionProvider connections;
    private final HttpClient client;

    HttpReceiver(CallbackConfig config, HostLookup hosts, CallbackPolicy policy) {
        this.connections = ConnectionProvider.builder("queue-callbacks")
                .maxConnections(config.maxInFlight())
                .pendingAcquireMaxCount(config.maxInFlight())
                .maxIdleTime(Duration.ofSeconds(4)) // many servers close after 5
                .lifo()
                .build();
        HttpClient plain = HttpClient.create(connections)
                .runOn(loops)
                .resolver(new CheckedResolver(hosts, policy))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, DIAL_MILLIS)
                .followRedirect(false)
                .disableRetry(true);
        this.client = config.caFile().isEmpty() ? plain : trusting(plain, new File(config.caFile()));
    }

    private static HttpClient trusting(HttpClient client, File authorities) {
        SslProvider.GenericSslContextSpec<SslContextBuilder> tls =
                Http11SslContextSpec.forClient().configure(builder -> builder.trustManager(authorities));
        return client.secure(spec -> spec.sslContext(tls));
    }

    /** One attempt; fails when no head of an answer came. */
    Mono<CallbackOutcome> deliver(Delivery delivery) {
        return client.headers(fields -> fields.set(delivery.fields()))
                .post()
                .uri(withoutUserInfo(delivery.url()))
                .send((request, out) -> out.send(inParts(delivery.body())))
                .response(HttpReceiver::read)
                .next();
    }

    private static Publisher<CallbackOutcome> read(HttpClientResponse response, ByteBufFlux content) {
        CallbackOutcome outcome = CallbackOutcome.answered(
                response.status().code(), response.responseHeaders().get("Retry-After"));
        return drain(content).thenReturn(outcome);
    }

    /** Reads a little of what nobody wants, so that the connection can be used again, and no more than that. */
    private static Mono<Void> drain(ByteBufFlux content) {
        return content.scan(0, (read, data) -> read + data.readableBytes())
                .takeUntil(read -> read >= MOST_ANSWER_BYTES)
                .take(MOST_ANSWER_TIME)
                .then()
                .onErrorComplete();
    }

    private static Flux<ByteBuf> inParts(Flux<ByteBuf> body) {
        return body.concatMapIterable(HttpReceiver::split, 1);
    }

    private static List<ByteBuf> split(ByteBuf data) {
        if (data.readableBytes() <= PART) {
            return List.of(data);
        }
        List<ByteBuf> parts = new ArrayList<>();
        while (data.isReadable()) {
            parts.add(data.readRetainedSlice(Math.min(PART, data.readableBytes())));
        }
        data.release();
        return parts;
    }

    private static String withoutUserInfo(URI url) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        return url.getScheme() + "://" + url.getHost() + port + path + query;
    }

    /** Closes all connections; completes when they are. */
    Mono<Void> stop() {
        return connections
                .disposeLater()
                .onErrorComplete()
                .then(loops.disposeLater(Duration.ZERO, Duration.ofSeconds(2)));
    }
}
