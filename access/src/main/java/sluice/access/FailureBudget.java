package sluice.access;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How often a source may fail to authenticate: a bucket of {@code burst} failures that refills by one each
 * {@code refill}. A source is an IPv4 address or an IPv6 /64, the smallest part one client is sure to own. Thread-safe.
 *
 * <p>A bucket is one number, the moment at which it will be full again, so a full one needs no entry and the table
 * holds failing sources only. It is bounded: the source that failed longest ago is forgotten first.
 */
final class FailureBudget {
    private final long refillNanos;
    private final long capacityNanos;
    private final LongSupplier nanoTime;
    private final Map<Long, Long> fullAgainAt;

    /** Twenty failures at once, ten a minute, of at most 100,000 sources. */
    static FailureBudget standard() {
        return new FailureBudget(20, Duration.ofSeconds(6), 100_000, System::nanoTime);
    }

    FailureBudget(int burst, Duration refill, int maxSources, LongSupplier nanoTime) {
        this.refillNanos = refill.toNanos();
        this.capacityNanos = refillNanos * burst;
        this.nanoTime = nanoTime;
        this.fullAgainAt = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
                return size() > maxSources;
            }
        };
    }

    /** Seconds until {@code peer} may fail again, rounded up; 0 when it may now. */
    int waitSeconds(InetSocketAddress peer) {
        long source = source(peer);
        long now = nanoTime.getAsLong();
        long missing;
        synchronized (fullAgainAt) {
            missing = missing(source, now);
        }
        long waitNanos = missing + refillNanos - capacityNanos;
        return waitNanos <= 0 ? 0 : (int) ((waitNanos + 999_999_999L) / 1_000_000_000L);
    }

    /** Takes one failure from the bucket of {@code peer}. */
    void spend(InetSocketAddress peer) {
        long source = source(peer);
        long now = nanoTime.getAsLong();
        synchronized (fullAgainAt) {
            long missing = Math.min(missing(source, now) + refillNanos, capacityNanos);
            fullAgainAt.remove(source); // so that the order of the table is that of the last failure
            fullAgainAt.put(source, now + missing);
        }
    }

    int sources() {
        synchronized (fullAgainAt) {
            return fullAgainAt.size();
        }
    }

    private long missing(long source, long now) {
        Long full = fullAgainAt.get(source);
        if (full == null) {
            return 0;
        }
        if (full - now <= 0) {
            fullAgainAt.remove(source);
            return 0;
        }
        return full - now;
    }

    /** The first 64 bits of the address; IPv4 stands under 0:ffff::/32, where no IPv6 host is. */
    static long source(InetSocketAddress peer) {
        InetAddress address = peer.getAddress();
        if (address == null) { // a peer without an address; all of them are one source
            return 0;
        }
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? 0xffff_0000_0000L | Integer.toUnsignedLong(bytes.getInt())
                : bytes.getLong();
    }
}
