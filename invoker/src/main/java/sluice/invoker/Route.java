package sluice.invoker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Endpoint;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionSettings;
import sluice.core.RouteChange;

/**
 * A function as the relay sees it, for as long as it exists: its settings, its ready replicas, the calls that wait for a
 * slot, its counters.
 *
 * <p>Two kinds of calls wait: those with a client ({@link #waiters}, bounded) and those that nobody waits for
 * ({@link #spareWaiters}, bounded by whoever asks). The second kind gets only <em>spare</em> slots: none while a call of
 * the first kind waits, and never the last free one of a replica that has two or more, so that a client's call finds
 * one without waiting.
 *
 * <p>Why no wake-up is lost: three changes can make a waiter and a slot for it exist together. A slot becomes obtainable
 * (a release, a replica that turns ready); a call begins to wait; the number of clients' calls that wait falls, which is
 * what spare slots depend on. Whoever makes one of them calls {@link #dispatch} <em>after</em> it, and the two counters
 * and the slots are all volatile: of two changes that happen at once, at least one dispatch sees both. Dispatch takes a
 * slot first and looks for a waiter second; finding none it gives the slot back and looks once more, because a call may
 * have begun to wait, and failed to get that very slot, in between. It serves clients first, and looks for spare slots
 * only after the last decrement of its own, so that its own passing use of {@link #waiting} hides nothing.
 */
final class Route {
    private static final Replica[] NONE = {};

    final FunctionName name;
    final byte[] label;
    final PerLoop<LoopCalls> calls = new PerLoop<>(loop -> new LoopCalls());

    private final InvokerConfig config;
    private final Map<String, Replica> byId = new HashMap<>(); // of the feed's thread only
    private final ConcurrentLinkedQueue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ConcurrentLinkedQueue<Waiter> spareWaiters = new ConcurrentLinkedQueue<>();
    private final AtomicInteger spareWaiting = new AtomicInteger();
    private final AtomicBoolean wakeAsked = new AtomicBoolean();

    private volatile FunctionSettings settings;
    private volatile Replica[] ready = NONE;
    private volatile int ejected;
    private volatile int desired;
    private volatile boolean isRemoved;

    Route(FunctionName name, FunctionSettings settings, InvokerConfig config) {
        this.name = name;
        this.label = name.qualified().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        this.settings = settings;
        this.config = config;
    }

    FunctionSettings settings() {
        return settings;
    }

    boolean hasReadyReplica() {
        return ready.length > 0;
    }

    /** Calls of clients that wait. */
    int waiting() {
        return waiting.get();
    }

    /** Calls that wait for a spare slot. */
    int spareWaiting() {
        return spareWaiting.get();
    }

    /** Applies a change of the feed; returns the replicas that are gone, whose idle connections must close. */
    List<Replica> update(RouteChange.Changed change) {
        settings = FunctionSettings.from(change.status().deployment());
        desired = change.status().replicas();
        if (desired > 0) {
            wakeAsked.set(false);
        }
        Map<String, Replica> before = new HashMap<>(byId);
        byId.clear();
        List<Replica> nowReady = new ArrayList<>();
        for (Endpoint endpoint : change.endpoints()) {
            if (endpoint.state() != Endpoint.State.DRAINING) {
                Replica known = before.remove(endpoint.replica());
                Replica replica = known != null ? known : new Replica(endpoint, config);
                byId.put(replica.id, replica);
                if (endpoint.isReady()) {
                    nowReady.add(replica);
                }
            }
        }
        before.values().forEach(Replica::retire);
        ready = nowReady.toArray(NONE);
        dispatch();
        return List.copyOf(before.values());
    }

    /** The function is gone: calls that wait for it fail, and its replicas are retired. */
    List<Replica> remove() {
        isRemoved = true;
        List<Replica> gone = List.copyOf(byId.values());
        byId.clear();
        gone.forEach(Replica::retire);
        ready = NONE;
        failWaiters(removed());
        return gone;
    }

    /**
     * A slot on the better of two replicas drawn at random, or on any that has one; null when all are taken.
     *
     * @param random 32 random bits, which choose
     * @param avoided replicas that have failed this call already
     */
    @Nullable Replica tryAcquire(int random, List<Replica> avoided) {
        return tryAcquire(random, avoided, settings.maxInflightPerReplica());
    }

    /** As {@link #tryAcquire}, but leaves one slot of each replica that has several for clients. */
    private @Nullable Replica tryAcquireSpare() {
        int limit = settings.maxInflightPerReplica();
        return tryAcquire(ThreadLocalRandom.current().nextInt(), List.of(), limit >= 2 ? limit - 1 : limit);
    }

    private @Nullable Replica tryAcquire(int random, List<Replica> avoided, int limit) {
        Replica[] all = ready;
        if (ejected > 0) {
            Replica probe = probe(all, limit);
            if (probe != null) {
                return probe;
            }
        }
        if (all.length == 1) {
            return all[0].tryAcquire(limit) ? all[0] : null;
        }
        if (all.length == 0) {
            return null;
        }
        int first = (random & 0xffff) % all.length;
        int second = (first + 1 + (random >>> 16) % (all.length - 1)) % all.length;
        Replica one = all[first];
        Replica two = all[second];
        if (isUsable(one, avoided) && isUsable(two, avoided)) {
            Replica better = one.inFlight() <= two.inFlight() ? one : two;
            if (better.tryAcquire(limit)) {
                return better;
            }
        }
        return acquireAny(all, limit, first, avoided);
    }

    private @Nullable Replica acquireAny(Replica[] all, int limit, int from, List<Replica> avoided) {
        for (int i = 0; i < all.length; i++) {
            Replica replica = all[(from + i) % all.length];
            if (isUsable(replica, avoided) && replica.tryAcquire(limit)) {
                return replica;
            }
        }
        for (int i = 0; i < all.length; i++) { // better a doubtful replica than none
            Replica replica = all[(from + i) % all.length];
            if (!avoided.contains(replica) && replica.tryAcquire(limit)) {
                return replica;
            }
        }
        return null;
    }

    private static boolean isUsable(Replica replica, List<Replica> avoided) {
        return !replica.isEjected() && !avoided.contains(replica);
    }

    /** Another ready replica than those of {@code failed} exists, so that a call that was not sent may be sent there. */
    boolean hasOtherThan(List<Replica> failed) {
        for (Replica replica : ready) {
            if (!failed.contains(replica)) {
                return true;
            }
        }
        return false;
    }

    /** Gives a slot back, to the first that waits for one if any does. */
    void release(Replica replica) {
        replica.release();
        if (waiting.get() > 0 || spareWaiting.get() > 0) {
            dispatch();
        }
    }

    /** Begins to wait; false when {@code most} calls wait already. */
    boolean enqueue(Waiter waiter, int most) {
        if (waiting.incrementAndGet() > most) {
            waiting.decrementAndGet();
            dispatch();
            return false;
        }
        waiters.add(waiter);
        dispatch();
        if (isRemoved) {
            failWaiters(removed());
        }
        return true;
    }

    /** Begins to wait for a spare slot, behind all who wait for one already. */
    void enqueueSpare(Waiter waiter) {
        spareWaiting.incrementAndGet();
        spareWaiters.add(waiter);
        dispatch();
        if (isRemoved) {
            failWaiters(removed());
        }
    }

    private FailureException removed() {
        return Failure.UNKNOWN_FUNCTION.in(Component.INVOKER, "function " + name + " was removed");
    }

    /** Stops waiting; false when a slot is already on its way. */
    boolean leave(Waiter waiter) {
        if (!waiter.leave()) {
            return false;
        }
        if (waiters.remove(waiter)) {
            waiting.decrementAndGet();
            dispatch();
        }
        return true;
    }

    /** As {@link #leave}, for one that waits for a spare slot. */
    boolean leaveSpare(Waiter waiter) {
        if (!waiter.leave()) {
            return false;
        }
        if (spareWaiters.remove(waiter)) {
            spareWaiting.decrementAndGet();
        }
        return true;
    }

    /** Whether only spare slots are waited for, by calls that nobody would ask a replica for again. */
    boolean needsReplicaForSpare() {
        return spareWaiting.get() > 0 && ready.length == 0 && desired == 0;
    }

    /** Asks the provider for replicas when there are none and none are coming; once, however many calls wait. */
    void wake(FunctionProvider provider) {
        if (ready.length > 0 || desired > 0 || isRemoved || !wakeAsked.compareAndSet(false, true)) {
            return;
        }
        provider.scale(name, settings.wakeReplicas()).subscribe(done -> {}, failure -> {
            wakeAsked.set(false);
            failWaiters(
                    failure instanceof FailureException known
                            ? known
                            : Failure.PROVIDER_FAILED.in(Component.PROVIDER, "unable to scale function " + name));
        });
    }

    /** Matches slots with waiters until one of the two runs out. Any thread. */
    void dispatch() {
        do {
            dispatchToClients();
        } while (spareWaiting.get() > 0 && !dispatchSpare());
    }

    private void dispatchToClients() {
        while (waiting.get() > 0) {
            Replica replica = tryAcquire(ThreadLocalRandom.current().nextInt(), List.of());
            if (replica == null) {
                return;
            }
            if (!grant(replica, waiters, waiting)) {
                replica.release();
                if (waiters.isEmpty()) {
                    return; // who has counted itself in and not added itself yet dispatches when it has
                }
            }
        }
    }

    /** False when somebody, a client's call perhaps, may have missed the slot that was in our hands. */
    private boolean dispatchSpare() {
        while (spareWaiting.get() > 0) {
            if (waiting.get() > 0) {
                return true; // clients first; whoever serves them, or counts one out, looks for spare slots after it
            }
            Replica replica = tryAcquireSpare();
            if (replica == null) {
                return true;
            }
            if (!grant(replica, spareWaiters, spareWaiting)) {
                replica.release();
                return waiting.get() == 0 && spareWaiters.isEmpty();
            }
        }
        return true;
    }

    private static boolean grant(Replica replica, ConcurrentLinkedQueue<Waiter> queue, AtomicInteger count) {
        for (Waiter waiter = queue.poll(); waiter != null; waiter = queue.poll()) {
            count.decrementAndGet();
            if (waiter.grant(replica)) {
                return true;
            }
        }
        return false;
    }

    private void failWaiters(FailureException failure) {
        fail(waiters, waiting, failure);
        fail(spareWaiters, spareWaiting, failure);
        dispatch();
    }

    private static void fail(ConcurrentLinkedQueue<Waiter> queue, AtomicInteger count, FailureException failure) {
        for (Waiter waiter = queue.poll(); waiter != null; waiter = queue.poll()) {
            count.decrementAndGet();
            waiter.fail(failure);
        }
    }

    /** A dial to or a connection of {@code replica} failed before it answered. */
    void upstreamFailed(Replica replica, long nowNanos) {
        if (replica.failed() && !replica.isEjected()) {
            Replica[] all = ready;
            if (2 * (ejected + 1) <= all.length) {
                replica.eject(nowNanos);
                countEjected();
            }
        } else if (replica.isEjected()) {
            replica.eject(nowNanos);
        }
    }

    private @Nullable Replica probe(Replica[] all, int limit) {
        long now = System.nanoTime();
        for (Replica replica : all) {
            if (replica.isEjected() && replica.mayProbe(now) && replica.tryAcquire(limit)) {
                replica.readmit();
                countEjected();
                return replica;
            }
        }
        return null;
    }

    private synchronized void countEjected() {
        int count = 0;
        for (Replica replica : ready) {
            count += replica.isEjected() ? 1 : 0;
        }
        ejected = count;
    }
}
