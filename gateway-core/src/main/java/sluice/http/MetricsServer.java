package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;
import sluice.core.MetricSource;

/**
 * Serves {@code /metrics} and {@code /healthz} on a port of its own, without credentials, for scrapers inside the
 * network (OpenFaaS gateway, port 8082). It has its own event loop, so a scrape of many series delays no call.
 *
 * <p>Scrapes run one after the other on one thread; those that queue behind eight others, or wait longer than five
 * seconds, are answered 503.
 */
public final class MetricsServer {
    private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);
    private static final Duration SCRAPE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(75);
    private static final int MAX_WAITING_SCRAPES = 8;
    private static final int MAX_REQUEST_LINE_BYTES = 2_048;
    private static final int MAX_HEADER_BYTES = 8_192;

    private final List<MetricSource> sources;
    private final Supplier<String> extraText;
    private final Duration scrapeTimeout;
    private final LoopResources loop = LoopResources.create("metrics-http", 1, true);
    private final Scheduler scrapes = Schedulers.newBoundedElastic(1, MAX_WAITING_SCRAPES, "metrics-scrape", 60, true);
    private final DisposableServer server;

    MetricsServer(
            InetSocketAddress bind, List<MetricSource> sources, Supplier<String> extraText, Duration scrapeTimeout) {
        this.sources = List.copyOf(sources);
        this.extraText = extraText;
        this.scrapeTimeout = scrapeTimeout;
        this.server = bound(bind);
    }

    /**
     * Listens on {@code bind}; port 0 takes a free one. Blocks until bound.
     *
     * @param extraText families that another collector has written in text format 0.0.4; may block
     * @throws reactor.netty.ChannelBindException when the port is taken
     */
    public static MetricsServer start(InetSocketAddress bind, List<MetricSource> sources, Supplier<String> extraText) {
        return new MetricsServer(bind, sources, extraText, SCRAPE_TIMEOUT);
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    /** Stops listening and ends what runs. Blocks for at most a second; the threads end a little later. */
    public void stop() {
        server.disposeNow(Duration.ofSeconds(1));
        scrapes.dispose();
        loop.dispose();
    }

    private DisposableServer bound(InetSocketAddress bind) {
        try {
            return HttpServer.create()
                    .runOn(loop)
                    .bindAddress(() -> bind)
                    .httpRequestDecoder(spec ->
                            spec.maxInitialLineLength(MAX_REQUEST_LINE_BYTES).maxHeaderSize(MAX_HEADER_BYTES))
                    .requestTimeout(REQUEST_TIMEOUT)
                    .idleTimeout(IDLE_TIMEOUT)
                    .handle(this::answer)
                    .bindNow();
        } catch (RuntimeException e) {
            scrapes.dispose();
            loop.dispose();
            throw e;
        }
    }

    private Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        boolean isGet = HttpMethod.GET.equals(request.method());
        return switch (request.fullPath()) {
            case "/metrics" -> isGet ? scrape().flatMap(reply -> reply.send(response)) : refuseMethod(response);
            case "/healthz" -> isGet ? Reply.plain(HttpResponseStatus.OK, "OK").send(response) : refuseMethod(response);
            default -> response.sendNotFound();
        };
    }

    private Mono<Reply> scrape() {
        return Flux.fromIterable(sources)
                .concatMap(MetricSource::collect)
                .reduceWith(PrometheusText::new, PrometheusText::add)
                .map(text -> text.addText(extraText.get()).toString())
                .subscribeOn(scrapes)
                .timeout(scrapeTimeout)
                .map(text -> new Reply(HttpResponseStatus.OK, PrometheusText.CONTENT_TYPE, text))
                .onErrorResume(e -> Mono.just(failed(e)));
    }

    private static Reply failed(Throwable cause) {
        if (cause instanceof TimeoutException || cause instanceof RejectedExecutionException) {
            return Reply.plain(HttpResponseStatus.SERVICE_UNAVAILABLE, "scrapes are too many or too slow\n");
        }
        log.error("cannot collect metrics", cause);
        return Reply.plain(HttpResponseStatus.INTERNAL_SERVER_ERROR, "cannot collect metrics\n");
    }

    private static Publisher<Void> refuseMethod(HttpServerResponse response) {
        return response.status(HttpResponseStatus.METHOD_NOT_ALLOWED)
                .header(HttpHeaderNames.ALLOW, "GET")
                .send();
    }

    private record Reply(HttpResponseStatus status, String contentType, String body) {
        static Reply plain(HttpResponseStatus status, String body) {
            return new Reply(status, "text/plain; charset=utf-8", body);
        }

        Mono<Void> send(HttpServerResponse response) {
            return response.status(status)
                    .header(HttpHeaderNames.CONTENT_TYPE, contentType)
                    .sendString(Mono.just(body))
                    .then();
        }
    }
}
