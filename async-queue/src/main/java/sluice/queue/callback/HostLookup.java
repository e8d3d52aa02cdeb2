package sluice.queue.callback;

import java.net.InetAddress;
import java.util.List;
import reactor.core.publisher.Mono;

/** Finds the addresses of a host. Never blocks; may signal on any thread. */
interface HostLookup {
    /** All of them, in the order in which they are to be tried; fails when there is none. */
    Mono<List<Found>> find(String host);

    /**
     * An address.
     *
     * @param isLocal whether it is one of this machine, loopback included
     */
    record Found(InetAddress address, boolean isLocal) {}
}
