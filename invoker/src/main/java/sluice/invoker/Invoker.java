package sluice.invoker;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.EventExecutor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate;
import sluice.core.CallIds;
import sluice.core.ConnectionFacts;
import sluice.core.DataPlane;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionSettings;
import sluice.core.HeapPressure;
import sluice.core.HostRoutes;
import sluice.core.InvocationCounts;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.RouteChange;
import sluice.core.RouteSource;
import sluice.core.VersionInfo;
import sluice.core.calls.FunctionCaller;

/**
 * The data plane: follows the feed of what exists, gives every event loop its own state, opens the two doors.
 * Thread-safe.
 */
public final class Invoker implements DataPlane, InvocationCounts, MetricSource, Disposable {
    private static final Duration DRAIN_POLL = Duration.ofMillis(20);

    private final InvokerConfig config;
    private final RouteTable table = new RouteTable();
    private final RelayContext relay;
    private final Map<EventLoop, LoopState> loops = new ConcurrentHashMap<>();
    private final AtomicInteger loopCount = new AtomicInteger();
    private final Map<FunctionName, Route> routes = new ConcurrentHashMap<>();
    private final InvokerMetrics metrics;
    private final byte[] idKey = CallIds.newKey();
    private final Caller caller;
    private final Disposable feed;
    private final Disposable.Swap mapping = Disposables.swap();

    /** Follows {@code source} until disposed of; {@code provider} is asked for nothing but to wake functions. */
    public Invoker(
            InvokerConfig config, RouteSource source, FunctionProvider provider, AccessGate gate, VersionInfo version) {
        this.config = config;
        this.relay = new RelayContext(config, provider, gate, table, version);
        this.caller = new Caller(relay, routes);
        this.metrics = new InvokerMetrics(relay, routes, loops);
        var unused = CallIds.of(idKey, 0); // loads the cipher's classes here rather than on an event loop
        this.feed = source.changes().subscribe(this::apply);
    }

    /** Refuses from now on what {@code pressure} does not allow; without it, nothing is refused for want of memory. */
    public void heed(HeapPressure pressure) {
        relay.heed(pressure);
    }

    /** Takes from now on what {@code hosts} maps for calls, too; what an earlier call has given no longer counts. */
    public void map(HostRoutes hosts) {
        mapping.update(hosts.hostRoutes().subscribe(all -> relay.map(HostTable.of(all))));
    }

    // ---- the feed; serialised by its source -------------------------------------------------------------------------

    private void apply(RouteChange change) {
        if (change instanceof RouteChange.Changed changed) {
            Route route = routes.computeIfAbsent(changed.status().name(), name -> publish(name, changed));
            close(route.update(changed));
            if (config.scaleFromZero() && route.needsReplicaForSpare()) {
                route.wake(relay.provider()); // their callers wait without a bound and ask but once
            }
        } else if (change instanceof RouteChange.Removed removed) {
            Route route = routes.remove(removed.last().name());
            if (route != null) {
                eachName(route.name, name -> table.put(name, null));
                close(route.remove());
                metrics.keepOnce(route);
            }
        }
    }

    private Route publish(FunctionName name, RouteChange.Changed changed) {
        Route route = new Route(name, FunctionSettings.from(changed.status().deployment()), config);
        eachName(name, text -> table.put(text, route));
        return route;
    }

    private void eachName(FunctionName name, java.util.function.Consumer<String> action) {
        action.accept(name.qualified());
        if (name.namespace().equals(config.defaultNamespace())) {
            action.accept(name.name());
        }
    }

    private void close(List<Replica> gone) {
        if (gone.isEmpty()) {
            return;
        }
        for (LoopState loop : loops.values()) {
            loop.execute(() -> gone.forEach(replica -> {
                UpstreamPool pool = replica.pools.ifPresent(loop);
                if (pool != null) {
                    pool.closeIdle();
                }
            }));
        }
    }

    // ---- the doors
    // ---------------------------------------------------------------------------------------------------

    @Override
    public void prepare(Channel connection) {
        connection.config().setRecvByteBufAllocator(new ReadSizer(StreamWindow.BASE));
    }

    @Override
    public Passage install(ChannelPipeline pipeline, String codec, ConnectionFacts facts) {
        ReadSizer sizer = pipeline.channel().config().getRecvByteBufAllocator(); // that of prepare
        ClientConnection connection = new ClientConnection(relay, loopOf(pipeline.channel()), sizer, facts);
        pipeline.addBefore(codec, "sluice.relay", connection);
        return connection.passage();
    }

    @Override
    public boolean takes(String target, HttpHeaders headers) {
        byte[] bytes = target.getBytes(StandardCharsets.ISO_8859_1);
        Target read = new Target();
        Target.Kind kind = bytes.length == 0 ? Target.Kind.CONTROL : read.read(bytes, 0, bytes.length);
        if (kind == Target.Kind.CONTROL) {
            return bytes.length > 0 && takesMapped(read, bytes, headers.get("host", ""));
        }
        for (String preferences : headers.getAll("Prefer")) {
            if (relay.config().takesAsync() && RequestFacts.prefersAsync(preferences)) {
                return false;
            }
        }
        return true;
    }

    private boolean takesMapped(Target read, byte[] bytes, String host) {
        HostTable hosts = relay.hosts();
        if (hosts == HostTable.NONE) {
            return false;
        }
        byte[] named = host.getBytes(StandardCharsets.ISO_8859_1);
        return read.map(hosts, bytes, named, 0, named.length) != Target.Kind.CONTROL;
    }

    @Override
    public void open(
            Channel stream,
            String method,
            String target,
            HttpHeaders headers,
            boolean isComplete,
            ConnectionFacts facts) {
        LoopState loop = loopOf(stream);
        loop.wake();
        ClientStream.open(relay, loop, stream, method, target, headers, isComplete, facts);
    }

    /**
     * Calls from inside this process: a queue's. They begin once {@link #runOn} has said where; until then slots are
     * waited for.
     */
    public FunctionCaller caller() {
        return caller;
    }

    /** Lets calls from inside this process run on the loops of {@code group}, beside the calls of clients. */
    public void runOn(EventLoopGroup group) {
        List<LoopState> own = new ArrayList<>();
        for (EventExecutor executor : group) {
            if (executor instanceof IoEventLoop loop) {
                own.add(loopOf(
                        loop, loop.isIoType(EpollIoHandler.class) ? EpollSocketChannel.class : NioSocketChannel.class));
            }
        }
        caller.runOn(own);
    }

    private LoopState loopOf(Channel channel) {
        return loopOf(channel.eventLoop(), socketClass(channel));
    }

    private LoopState loopOf(EventLoop eventLoop, Class<? extends Channel> socketClass) {
        return loops.computeIfAbsent(eventLoop, loop -> {
            int index = loopCount.getAndIncrement();
            return new LoopState(index, loop, socketClass, config.heads(), CallIds.of(idKey, index));
        });
    }

    private static Class<? extends Channel> socketClass(Channel channel) {
        Channel parent = channel.parent();
        boolean isStream = channel instanceof io.netty.handler.codec.http2.Http2StreamChannel;
        return isStream && parent != null ? parent.getClass() : channel.getClass();
    }

    // ---- the end
    // -----------------------------------------------------------------------------------------------------

    @Override
    public Mono<Void> drain(Duration bound) {
        return Mono.defer(() -> {
            relay.drain();
            for (LoopState loop : loops.values()) {
                relay.waitsForLast(1); // until its connections count for themselves
                loop.execute(() -> {
                    loop.clients.all().forEach(ClientConnection::drain);
                    relay.waitsForLast(-1);
                });
            }
            return Flux.interval(Duration.ZERO, DRAIN_POLL)
                    .takeUntil(tick -> relay.isQuiet())
                    .take(bound)
                    .then(Mono.fromRunnable(() -> {
                        onEachLoop(ClientConnection::abortNow);
                        caller.abortAll();
                    }));
        });
    }

    /** Whether a drain has begun. */
    boolean isDraining() {
        return relay.isDraining();
    }

    private void onEachLoop(java.util.function.Consumer<ClientConnection> action) {
        for (LoopState loop : loops.values()) {
            loop.execute(() -> loop.clients.all().forEach(action));
        }
    }

    @Override
    public void dispose() {
        feed.dispose();
        mapping.dispose();
    }

    // ---- numbers
    // -----------------------------------------------------------------------------------------------------

    @Override
    public Mono<Map<FunctionName, Long>> totals() {
        return metrics.calls().map(calls -> {
            Map<FunctionName, Long> totals = new HashMap<>();
            calls.forEach((route, counted) -> {
                long sum = 0;
                for (LoopCalls.ByCode code : counted.codes()) {
                    sum += code.count;
                }
                totals.merge(route.name, sum, Long::sum);
            });
            return totals;
        });
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return metrics.collect();
    }
}
