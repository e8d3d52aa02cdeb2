package sluice.invoker;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.core.Endpoint;

/**
 * One running copy of a function as the relay sees it: its address, its slots, its failures, its idle connections. It is
 * matched by {@link Endpoint#replica()} across updates, never by address, because an address may be used again (K4).
 *
 * <p>Slots: {@link #tryAcquire} and {@link #release} may be called from any loop. Whoever acquired releases exactly once.
 */
final class Replica {
    private static final int FAILURES_TO_EJECT = 3;
    private static final long FIRST_EJECTION_NANOS = 5_000_000_000L;
    private static final long LONGEST_EJECTION_NANOS = 60_000_000_000L;

    final String id;
    final InetSocketAddress address;
    /** {@code host:port}, for the Host field. */
    final byte[] authority;

    final PerLoop<UpstreamPool> pools;

    private final PaddedCounter inFlight = new PaddedCounter();
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private volatile long ejectedUntilNanos;
    private volatile long ejectionNanos;
    private volatile boolean isEjected;
    private volatile boolean isRetired;

    Replica(Endpoint endpoint, InvokerConfig config) {
        this.id = endpoint.replica();
        this.address = resolve(endpoint.host(), endpoint.port());
        boolean isV6 = NetUtil.isValidIpV6Address(endpoint.host());
        String host = isV6 ? "[" + endpoint.host() + "]" : endpoint.host();
        this.authority = (host + ":" + endpoint.port()).getBytes(StandardCharsets.US_ASCII);
        this.pools = new PerLoop<>(loop -> new UpstreamPool(loop, this, config));
    }

    /** Takes a slot unless {@code limit} calls (0: no limit) are in flight already. */
    boolean tryAcquire(int limit) {
        if (limit == 0) {
            inFlight.incrementAndGet();
            return true;
        }
        for (int now = inFlight.get(); now < limit; now = inFlight.get()) {
            if (inFlight.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Gives a slot back. */
    void release() {
        inFlight.decrementAndGet();
    }

    int inFlight() {
        return inFlight.get();
    }

    /** No new call and no idle connection from now on; what runs, finishes. */
    void retire() {
        isRetired = true;
    }

    boolean isRetired() {
        return isRetired;
    }

    /** A response began: the replica is well. */
    void succeeded() {
        if (failuresInARow.getPlain() != 0) {
            failuresInARow.set(0);
            ejectionNanos = 0;
        }
    }

    /** A dial or a connection failed; whether that makes the replica due for ejection (reliability rule 5). */
    boolean failed() {
        return failuresInARow.incrementAndGet() >= FAILURES_TO_EJECT;
    }

    void eject(long nowNanos) {
        long pause = Math.min(LONGEST_EJECTION_NANOS, Math.max(FIRST_EJECTION_NANOS, 2 * ejectionNanos));
        ejectionNanos = pause;
        ejectedUntilNanos = nowNanos + pause;
        isEjected = true;
    }

    boolean isEjected() {
        return isEjected;
    }

    /** Whether the ejection is over, so that one call may try. */
    boolean mayProbe(long nowNanos) {
        return nowNanos - ejectedUntilNanos >= 0;
    }

    /** Back among the others; the next failure ejects it at once. */
    void readmit() {
        isEjected = false;
        failuresInARow.set(FAILURES_TO_EJECT - 1);
    }

    @Override
    public String toString() {
        return id;
    }

    private static InetSocketAddress resolve(String host, int port) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host.equals("localhost") ? "127.0.0.1" : host);
        if (literal == null) {
            throw new IllegalArgumentException("endpoint host must be an IP literal: " + host);
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(literal), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(host, e);
        }
    }

    /** A counter alone on its cache line, so that replicas do not slow each other down. */
    private static final class PaddedCounter extends AtomicInteger {
        private static final long serialVersionUID = 1;

        @SuppressWarnings("unused") // padding
        private transient long p0, p1, p2, p3, p4, p5, p6;
    }
}
