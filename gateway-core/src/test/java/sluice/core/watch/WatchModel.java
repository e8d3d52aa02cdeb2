package sluice.core.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import sluice.core.FunctionName;

/** What one subscriber of a {@link FunctionWatch} knows, and whether it was told by the rules. */
public final class WatchModel implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Map<FunctionName, WatchedFunction> functions = new TreeMap<>();
    private final List<String> broken = new ArrayList<>();
    private final Disposable subscription;
    private int snapshots;
    private long version = -1;

    /** Subscribes to an account with a single scope. */
    public WatchModel(FunctionWatch watch) {
        subscription = watch.signals().subscribe(this::tell);
    }

    /** Waits until it is told of {@code name}, and {@code condition} holds. */
    @CanIgnoreReturnValue
    public WatchedFunction await(FunctionName name, Predicate<WatchedFunction> condition) {
        await("a state of " + name, () -> {
            WatchedFunction function = find(name);
            return function != null && condition.test(function);
        });
        WatchedFunction found = find(name);
        return found == null ? await(name, condition) : found;
    }

    /** Waits until {@code name} is gone. */
    public void awaitGone(FunctionName name) {
        await(name + " to be gone", () -> isBegun() && find(name) == null);
    }

    /** Fails if versions went back or something was told twice. */
    public synchronized void assertByTheRules() {
        assertThat(broken).isEmpty();
        assertThat(snapshots).as("snapshots").isEqualTo(1);
    }

    public synchronized long version() {
        return version;
    }

    public synchronized Map<FunctionName, WatchedFunction> functions() {
        return new TreeMap<>(functions);
    }

    @Override
    public void close() {
        subscription.dispose();
    }

    private synchronized boolean isBegun() {
        return snapshots > 0;
    }

    private synchronized @Nullable WatchedFunction find(FunctionName name) {
        return functions.get(name);
    }

    private synchronized void tell(WatchSignal signal) {
        if (signal instanceof WatchSignal.Snapshot snapshot) {
            snapshots++;
            functions.clear();
            snapshot.functions().forEach(function -> functions.put(function.name(), function));
            snapshot.functions().stream()
                    .filter(function -> function.version() > snapshot.version())
                    .forEach(function -> broken.add(function + " is newer than its snapshot"));
            version = snapshot.version();
            return;
        }
        if (snapshots == 0) {
            broken.add(signal + " before the snapshot");
        }
        if (signal instanceof WatchSignal.Changed changed) {
            advance(changed.function().version(), signal);
            functions.put(changed.function().name(), changed.function());
        } else if (signal instanceof WatchSignal.Removed removed) {
            advance(removed.last().version(), signal);
            if (functions.remove(removed.last().name()) == null) {
                broken.add(signal + " of what nobody was told");
            }
        } else if (signal instanceof WatchSignal.Progressed progressed) {
            advance(progressed.version(), signal);
        }
    }

    private void advance(long to, WatchSignal signal) {
        if (to <= version) {
            broken.add(signal + " is not behind " + version);
        }
        version = to;
    }

    private static void await(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waiting for " + what).isLessThan(PATIENCE.toNanos());
            Thread.onSpinWait();
        }
    }
}
