package sluice.http;

import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** Where calls come in, and the event loops that they run on. Thread-safe. */
public interface Front {
    /** The port it listens on, TCP; -1 when it does not. */
    int port();

    /** The port of the control plane, TCP: the same one, unless it was given its own. */
    default int controlPort() {
        return port();
    }

    /** The event loops of all calls. */
    EventLoopGroup eventLoops();

    /** Says from now on that requests had better go elsewhere, and answers them as before. */
    void announceStop();

    /**
     * Takes nothing more, lets what runs finish for at most {@code drain}, then ends it. The event loops also wait for
     * {@code others} that still use them. Completes when all has ended; never fails.
     */
    Mono<Void> stop(Duration drain, Mono<Void> others);
}
