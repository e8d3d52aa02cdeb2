package sluice.queue.callback;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Asks the system, as every program of this machine does: its hosts file, then its name servers. */
final class SystemLookup implements HostLookup {
    private final Scheduler blocking;

    /** Look-ups take as long as name servers do, on {@code blocking}. */
    SystemLookup(Scheduler blocking) {
        this.blocking = blocking;
    }

    @Override
    public Mono<List<Found>> find(String host) {
        return Mono.fromCallable(() -> ask(host)).subscribeOn(blocking);
    }

    private static List<Found> ask(String host) throws UnknownHostException, SocketException {
        List<Found> found = new ArrayList<>();
        for (InetAddress address : InetAddress.getAllByName(host)) {
            boolean isLocal = address.isLoopbackAddress()
                    || address.isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
            found.add(new Found(address, isLocal));
        }
        return found;
    }
}
