package sluice.queue.callback;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import sluice.core.calls.CallbackPolicy;

/**
 * Looks at every address before it can be dialled. It gives the client addresses, not names, so what was checked is what
 * is dialled, whatever a name server says a moment later; the name stays with the address, for {@code Host} and TLS. One
 * address that is refused refuses the host.
 */
final class CheckedResolver extends AddressResolverGroup<InetSocketAddress> {
    private final HostLookup hosts;
    private final CallbackPolicy policy;

    CheckedResolver(HostLookup hosts, CallbackPolicy policy) {
        this.hosts = hosts;
        this.policy = policy;
    }

    /** Nothing was dialled, by policy. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;

        RefusedException(String why) {
            super(why);
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this; // an answer, not a bug
        }
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new Checking(executor);
    }

    private List<InetSocketAddress> checked(InetSocketAddress host, List<HostLookup.Found> found)
            throws RefusedException, UnknownHostException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (HostLookup.Found each : found) {
            Optional<String> refusal =
                    policy.refusal(host.getHostString(), host.getPort(), each.address(), each.isLocal());
            if (refusal.isPresent()) {
                throw new RefusedException(refusal.get());
            }
            InetAddress named = InetAddress.getByAddress(
                    host.getHostString(), each.address().getAddress());
            addresses.add(new InetSocketAddress(named, host.getPort()));
        }
        if (addresses.isEmpty()) {
            throw new UnknownHostException(host.getHostString());
        }
        return addresses;
    }

    private final class Checking extends AbstractAddressResolver<InetSocketAddress> {
        private Checking(EventExecutor executor) {
            super(executor, InetSocketAddress.class);
        }

        @Override
        protected boolean doIsResolved(InetSocketAddress address) {
            return false; // an address in the URL is checked like any other
        }

        @Override
        protected void doResolve(InetSocketAddress host, Promise<InetSocketAddress> promise) {
            Promise<List<InetSocketAddress>> all = executor().newPromise();
            all.addListener(done -> {
                if (done.isSuccess()) {
                    promise.trySuccess(all.getNow().get(0));
                } else {
                    promise.tryFailure(done.cause());
                }
            });
            doResolveAll(host, all);
        }

        @Override
        protected void doResolveAll(InetSocketAddress host, Promise<List<InetSocketAddress>> promise) {
            hosts.find(host.getHostString())
                    .handle(
                            (List<HostLookup.Found> found,
                                    reactor.core.publisher.SynchronousSink<List<InetSocketAddress>> sink) -> {
                                try {
                                    sink.next(checked(host, found));
                                } catch (IOException refused) {
                                    sink.error(refused);
                                }
                            })
                    .subscribe(promise::trySuccess, promise::tryFailure);
        }
    }
}
