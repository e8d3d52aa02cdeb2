package sluice.http;

import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import sluice.core.DataPlane;

/** The event loops of a process that nobody can call: its calls come from a queue. */
public final class WorkerLoops implements Front {
    private static final Duration CLOSING = Duration.ofSeconds(2);

    private final LoopResources loops =
            LoopResources.create("worker", Runtime.getRuntime().availableProcessors(), true);
    private final Transport transport;
    private final DataPlane dataPlane;

    private WorkerLoops(Transport transport, DataPlane dataPlane) {
        this.transport = transport;
        this.dataPlane = dataPlane;
    }

    /**
     * Ready to run calls of {@code dataPlane}.
     *
     * @throws IllegalArgumentException when the transport cannot be loaded; the message tells why
     */
    public static WorkerLoops start(Transport transport, DataPlane dataPlane) {
        transport.load();
        return new WorkerLoops(transport, dataPlane);
    }

    @Override
    public int port() {
        return -1;
    }

    @Override
    public EventLoopGroup eventLoops() {
        return loops.onServer(transport.isNative());
    }

    @Override
    public void announceStop() {
        // nobody sends it requests
    }

    @Override
    public Mono<Void> stop(Duration drain, Mono<Void> others) {
        return Mono.when(dataPlane.drain(drain), others.onErrorComplete())
                .onErrorComplete()
                .then(Mono.defer(() -> loops.disposeLater(Duration.ZERO, CLOSING)));
    }
}
