package sluice.access.revocation;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import sluice.core.fleet.FleetMap;

/**
 * Whether what other gateways write is heard here. Of a shared map nobody can tell when all of it has come, or that nothing
 * comes any more. So this gateway keeps writing a mark of its own and waits to read it back: changes come in order, so
 * everything older has come before. Thread-safe.
 */
public final class Pulse implements Disposable {
    private static final String KEY = "ready";
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final int SELDOM = 2; // once it is known that marks arrive
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final byte[] nonce = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
    private final LongSupplier nanoTime;
    private volatile @Nullable Disposable beating;
    private volatile boolean isReady;
    private volatile long heard;

    /** A map that tells everything when it is subscribed to needs no more than this: it is ready, and never silent. */
    public Pulse(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.isReady = true;
    }

    /** From now on {@code map} is shared, and marks are written under the name of {@code member}. */
    public void begin(FleetMap map, String member) {
        isReady = false;
        heard = nanoTime.getAsLong();
        beating = Flux.interval(Duration.ZERO, EVERY)
                .filter(tick -> !isReady || tick % SELDOM == 0)
                .onBackpressureDrop()
                .concatMap(
                        tick -> map.put(KEY + "." + member, nonce)
                                .timeout(PATIENCE)
                                .onErrorComplete(), // its absence is what is noticed
                        1)
                .subscribe();
    }

    /** Whether a change is of a mark, whoever's it is; the own one is noted. */
    public boolean takes(FleetMap.Change change) {
        if (!change.key().startsWith(KEY + ".")) {
            return false;
        }
        if (Arrays.equals(nonce, change.value())) {
            heard = nanoTime.getAsLong();
            isReady = true;
        }
        return true;
    }

    /** Whether everything has been read that was written before the start. */
    public boolean isReady() {
        return isReady;
    }

    /** How long nothing was heard, in nanoseconds; 0 for a map that is not shared. */
    public long silentNanos() {
        return beating == null ? 0 : Math.max(0, nanoTime.getAsLong() - heard);
    }

    @Override
    public void dispose() {
        Disposable running = beating;
        if (running != null) {
            running.dispose();
        }
    }

    @Override
    public boolean isDisposed() {
        Disposable running = beating;
        return running != null && running.isDisposed();
    }
}
