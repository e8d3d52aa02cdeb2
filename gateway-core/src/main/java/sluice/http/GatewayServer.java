package sluice.http;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http2.CleartextHttp2ServerUpgradeHandler;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import sluice.core.DataPlane;
import sluice.core.MetricSource;
import sluice.http.tls.ClientAuthorities;
import sluice.http.tls.Domains;

/**
 * The bound server: one port for both planes, or one for calls and one that has the control plane too, HTTP/1.1 and HTTP/2 each in cleartext or under TLS. Thread-safe.
 *
 * <p>Cleartext HTTP/2 is spoken to those who begin with its preface ("prior knowledge", RFC 9113, 3.3); under TLS, ALPN
 * decides. Reactor Netty's own idle timeout stays off: it knows nothing of calls that the data plane took.
 */
public final class GatewayServer implements Front {
    private static final int RESET_WINDOW_SECONDS = 10;
    private static final Duration CLOSING = Duration.ofSeconds(2);

    private static final int MOST_CONTROL_CONNECTIONS = 1_000; // callers cannot take these away

    private final DisposableServer server;
    private final @Nullable Control control;
    private final @Nullable DisposableServer redirects;
    private final @Nullable Domains domains;
    private final LoopResources loops;
    private final Transport transport;
    private final Connections connections;
    private final DataPlane dataPlane;
    private final ControlPlane controlPlane;

    /** The control plane's own port. */
    private record Control(DisposableServer server, Connections connections) {}

    private GatewayServer(
            DisposableServer server,
            @Nullable Control control,
            @Nullable DisposableServer redirects,
            @Nullable Domains domains,
            LoopResources loops,
            Transport transport,
            Connections connections,
            DataPlane dataPlane,
            ControlPlane controlPlane) {
        this.server = server;
        this.control = control;
        this.redirects = redirects;
        this.domains = domains;
        this.loops = loops;
        this.transport = transport;
        this.connections = connections;
        this.dataPlane = dataPlane;
        this.controlPlane = controlPlane;
    }

    /**
     * Loads what the server is made of and keeps nothing, so that {@link #start} takes less time. For a thread that has
     * nothing else to do while other parts start.
     */
    public static void warmUp(Transport transport) {
        boolean isNative = transport.isNative() && Epoll.isAvailable();
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(1, isNative ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
        HttpServer.create().protocol(HttpProtocol.HTTP11, HttpProtocol.H2C).configuration();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    /**
     * Binds and serves. Blocks until the port is bound.
     *
     * @throws RuntimeException when the port is taken, the certificate cannot be read or the transport cannot be loaded
     */
    public static GatewayServer start(HttpConfig config, DataPlane dataPlane, ControlPlane controlPlane) {
        config.transport().load();
        Domains domains = config.isTls()
                ? Domains.open(
                        config.tlsCertificate(),
                        config.tlsKey(),
                        config.tlsDomains(),
                        config.clients(),
                        config.tlsReload())
                : null;
        LoopResources loops = LoopResources.create("http", Runtime.getRuntime().availableProcessors(), true);
        Connections connections = new Connections(config.maxConnections(), config.maxConnectionsPerAddress());
        controlPlane.counts(domains == null ? connections : MetricSource.both(connections, domains));
        boolean isSeparate = config.controlPort() >= 0;
        HttpServer common = common(config, domains, loops);
        try {
            DisposableServer server = withDoors(common, config, domains, connections, dataPlane)
                    .host(config.bind())
                    .port(config.port())
                    .handle(new StreamDoor(dataPlane, controlPlane, config, isSeparate)::handle)
                    .bindNow();
            Control control = isSeparate ? control(common, config, domains, dataPlane, controlPlane, server) : null;
            DisposableServer redirects = redirects(config, server, loops);
            return new GatewayServer(
                    server,
                    control,
                    redirects,
                    domains,
                    loops,
                    config.transport(),
                    connections,
                    dataPlane,
                    controlPlane);
        } catch (RuntimeException e) {
            loops.dispose();
            if (domains != null) {
                domains.close();
            }
            throw e;
        }
    }

    private static HttpServer common(HttpConfig config, @Nullable Domains domains, LoopResources loops) {
        return protocols(domains, HttpServer.create())
                .runOn(loops, config.transport().isNative())
                .option(ChannelOption.SO_BACKLOG, 1_024)
                .childOption(ChannelOption.SO_KEEPALIVE, true) // a follower may have nothing to read for hours
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .httpRequestDecoder(spec ->
                        spec.maxInitialLineLength(config.maxRequestLineBytes()).maxHeaderSize(config.maxHeadBytes()))
                .http2Settings(spec -> spec.maxConcurrentStreams(config.maxStreams())
                        .maxHeaderListSize(config.maxHeadBytes())
                        .maxDecodedRstFramesPerWindow(config.maxResets(), RESET_WINDOW_SECONDS));
    }

    private static HttpServer withDoors(
            HttpServer server,
            HttpConfig config,
            @Nullable Domains domains,
            Connections connections,
            DataPlane dataPlane) {
        return server.doOnChannelInit((observer, channel, remote) -> {
                    if (!connections.opened(channel)) {
                        channel.close();
                    }
                    dataPlane.prepare(channel);
                    placeDoors(channel, dataPlane, config, domains == null ? null : domains.clients());
                })
                .doOnBound(bound -> connections.bound(bound.channel()));
    }

    private static Control control(
            HttpServer common,
            HttpConfig config,
            @Nullable Domains domains,
            DataPlane dataPlane,
            ControlPlane controlPlane,
            DisposableServer server) {
        Connections connections = new Connections(
                Math.min(config.maxConnections(), MOST_CONTROL_CONNECTIONS), config.maxConnectionsPerAddress());
        try {
            return new Control(
                    withDoors(common, config, domains, connections, dataPlane)
                            .host(config.controlBind())
                            .port(config.controlPort())
                            .handle(new StreamDoor(dataPlane, controlPlane, config, false)::handle)
                            .bindNow(),
                    connections);
        } catch (RuntimeException e) {
            server.disposeNow();
            throw e;
        }
    }

    @Override
    public int controlPort() {
        return control == null ? port() : control.server().port();
    }

    @Override
    public int port() {
        return server.port();
    }

    /** The port that sends clients to TLS, TCP; -1 when there is none. */
    public int redirectPort() {
        return redirects == null ? -1 : redirects.port();
    }

    @Override
    public EventLoopGroup eventLoops() {
        return loops.onServer(transport.isNative());
    }

    /** Answers {@code /healthz} with 503 from now on, and all else as before: whoever asks looks elsewhere. */
    @Override
    public void announceStop() {
        controlPlane.announceStop();
    }

    /**
     * Stops accepting, lets what runs finish for at most {@code drain}, then closes every connection. Streams that
     * follow logs or watch functions end at once. Completes when all is closed; never fails.
     */
    public Mono<Void> stop(Duration drain) {
        return stop(drain, Mono.empty());
    }

    @Override
    public Mono<Void> stop(Duration drain, Mono<Void> others) {
        return Mono.defer(() -> {
            server.dispose();
            if (redirects != null) {
                redirects.dispose();
            }
            if (domains != null) {
                domains.close();
            }
            connections.announceEnd();
            if (control != null) {
                control.server().dispose();
                control.connections().announceEnd();
            }
            return Mono.when(controlPlane.drain(drain), dataPlane.drain(drain), others.onErrorComplete())
                    .onErrorComplete()
                    .then(Mono.when(
                            connections.close(CLOSING),
                            control == null
                                    ? Mono.empty()
                                    : control.connections().close(CLOSING)))
                    .then(loops.disposeLater(Duration.ZERO, CLOSING));
        });
    }

    private static HttpServer protocols(@Nullable Domains domains, HttpServer server) {
        if (domains == null) {
            return server.protocol(HttpProtocol.HTTP11, HttpProtocol.H2C);
        }
        return server.protocol(HttpProtocol.HTTP11, HttpProtocol.H2).secure(spec -> spec.sslContext(domains.context()));
    }

    private static @Nullable DisposableServer redirects(
            HttpConfig config, DisposableServer server, LoopResources loops) {
        if (config.redirectPort() < 0) {
            return null;
        }
        try {
            return RedirectServer.start(config, server.port(), loops);
        } catch (RuntimeException e) {
            server.disposeNow();
            throw e;
        }
    }

    private static void placeDoors(
            Channel channel, DataPlane dataPlane, HttpConfig config, @Nullable ClientAuthorities clients) {
        ChannelPipeline pipeline = channel.pipeline();
        ChannelHandlerContext cleartext = pipeline.context(CleartextHttp2ServerUpgradeHandler.class);
        ChannelHandlerContext detector = cleartext != null
                ? cleartext
                : Objects.requireNonNull(pipeline.context(ApplicationProtocolNegotiationHandler.class));
        pipeline.addBefore(
                detector.name(),
                null,
                new FrameFlood(config.maxControlFrames(), config.maxResets(), config.headTimeout()));
        pipeline.addAfter(detector.name(), null, new ConnectionDoor(dataPlane, config, clients));
    }
}
