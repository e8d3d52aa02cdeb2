package sluice.invoker;

import io.netty.util.internal.PlatformDependent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.core.AccessGate;
import sluice.core.FunctionProvider;
import sluice.core.HeapPressure;
import sluice.core.VersionInfo;

/** What all calls of a process share: settings, the gate, the provider that wakes functions, bounds. Thread-safe. */
final class RelayContext {
    private static final int LEAST_RETRIES = 3;

    private final InvokerConfig config;
    private final FunctionProvider provider;
    private final AccessGate gate;
    private final RouteTable routes;
    private final RelayCounters counters = new RelayCounters();
    private final StreamBudget budget = new StreamBudget(PlatformDependent.maxDirectMemory() / 4);
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private final AtomicInteger lastWaits = new AtomicInteger();
    private final byte[] servedBy;
    private final byte[] userAgent;
    private final byte[] queueUserAgent;
    private volatile boolean isDraining;
    private volatile HeapPressure heap = HeapPressure.NONE;
    private volatile HostTable hosts = HostTable.NONE;

    RelayContext(
            InvokerConfig config, FunctionProvider provider, AccessGate gate, RouteTable routes, VersionInfo version) {
        this.config = config;
        this.provider = provider;
        this.gate = gate;
        this.routes = routes;
        this.servedBy = ("X-Served-By: sluice/" + version.release() + "\r\n").getBytes(StandardCharsets.US_ASCII);
        // OpenFaaS's word for who calls (queue-worker, Pro), ours for who made it
        this.queueUserAgent =
                ("User-Agent: queue-worker/" + version.release() + " (sluice)\r\n").getBytes(StandardCharsets.US_ASCII);
        this.userAgent = ("User-Agent: sluice/" + version.release() + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    InvokerConfig config() {
        return config;
    }

    FunctionProvider provider() {
        return provider;
    }

    AccessGate gate() {
        return gate;
    }

    RouteTable routes() {
        return routes;
    }

    RelayCounters counters() {
        return counters;
    }

    HeapPressure.Level heap() {
        return heap.level();
    }

    void heed(HeapPressure pressure) {
        heap = pressure;
    }

    /** {@link HostTable#NONE} itself when no host is mapped. */
    HostTable hosts() {
        return hosts;
    }

    void map(HostTable table) {
        hosts = table.size() == 0 ? HostTable.NONE : table;
    }

    StreamBudget budget() {
        return budget;
    }

    /** The whole {@code X-Served-By} line. */
    byte[] servedBy() {
        return servedBy;
    }

    /** The whole {@code User-Agent} line for calls that have none. */
    byte[] userAgent() {
        return userAgent;
    }

    /** The whole {@code User-Agent} line of calls that come from the queue. */
    byte[] queueUserAgent() {
        return queueUserAgent;
    }

    /** Counts a call in; false, and not counted, when as many are in flight as may be. */
    boolean callBegins() {
        if (calls.incrementAndGet() > config.maxCalls()) {
            calls.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Counts a call in whose number somebody else bounds: it has brought a slot. */
    void callWithSlotBegins() {
        calls.incrementAndGet();
    }

    void callEnded() {
        calls.decrementAndGet();
    }

    int calls() {
        return calls.get();
    }

    /** Counts a call in that waits; false, and not counted, when as many wait as may. */
    boolean hold() {
        if (held.incrementAndGet() > config.maxHeldInAll()) {
            held.decrementAndGet();
            return false;
        }
        return true;
    }

    void unhold() {
        held.decrementAndGet();
    }

    int held() {
        return held.get();
    }

    /** Whether one more call may be sent a second time: at most a fifth of those in flight (reliability rule 3.1). */
    boolean mayRetry() {
        if (retries.incrementAndGet() > Math.max(LEAST_RETRIES, calls.get() / 5)) {
            retries.decrementAndGet();
            return false;
        }
        return true;
    }

    void retryEnded() {
        retries.decrementAndGet();
    }

    /** Counts connections that wait for a last request, or what a drain must do before it knows of them. */
    void waitsForLast(int more) {
        lastWaits.addAndGet(more);
    }

    /** Whether a drain has nothing to wait for: no call, and no connection on which one may be on its way. */
    boolean isQuiet() {
        return lastWaits.get() == 0 && calls.get() == 0;
    }

    boolean isDraining() {
        return isDraining;
    }

    void drain() {
        isDraining = true;
    }
}
