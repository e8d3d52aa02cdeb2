package sluice.fleet.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.FluxSink;
import sluice.core.fleet.Lease;

/** One subscription that tries to own a name, for as long as it lasts. Used by the thread of {@link NatsLeases} only. */
final class NatsContender {
    private final NatsLeases leases;
    private final String name;
    private final String owner;
    private final FluxSink<Lease> sink;
    private @Nullable NatsLease held;
    private long revision;
    private long renewNanos;
    private boolean isWriting;
    private boolean hasLeft;

    NatsContender(NatsLeases leases, String name, String owner, FluxSink<Lease> sink) {
        this.leases = leases;
        this.name = name;
        this.owner = owner;
        this.sink = sink;
    }

    String name() {
        return name;
    }

    void tick(long now) {
        NatsLease mine = held;
        if (mine != null && !mine.isHeld()) {
            lose();
            mine = null;
        }
        if (isWriting || hasLeft) {
            return;
        }
        if (mine == null) {
            NatsLeases.Seen last = leases.seen(name);
            if (leases.isUpForTaking(last, now)) {
                write(last.revision(), now);
            }
        } else if (now - renewNanos >= 0) {
            write(revision, now);
        }
    }

    /** Gives back what is held. */
    void leave() {
        hasLeft = true;
        if (held != null) {
            lose();
            giveBack(revision);
        }
    }

    private void write(long expected, long now) {
        isWriting = true;
        leases.bucket()
                .put(NatsLeases.key(name), owner.getBytes(UTF_8), expected)
                .publishOn(leases.thread())
                .subscribe(written -> written(written, now), this::refused);
    }

    private void written(long newRevision, long sentNanos) {
        isWriting = false;
        revision = newRevision;
        if (hasLeft) {
            giveBack(newRevision);
            return;
        }
        long until = sentNanos + leases.leaseNanos();
        renewNanos = sentNanos + leases.leaseNanos() / 3;
        NatsLease mine = held;
        if (mine != null && mine.extend(until)) {
            return;
        }
        if (mine != null) {
            lose(); // the acknowledgement came too late, and with a new fence it begins anew
        }
        NatsLease won = new NatsLease(name, newRevision, until);
        held = won;
        sink.next(won);
    }

    private void refused(Throwable error) {
        isWriting = false;
        if (held == null || !(error instanceof NatsBucket.Overtaken)) {
            return; // the next tick tries again, until the lease is over
        }
        NatsLeases.Seen last = leases.seen(name);
        if (last.owner().equals(owner) && last.revision() > revision) {
            revision = last.revision(); // our own renewal, whose acknowledgement was lost
        } else {
            lose();
        }
    }

    private void giveBack(long expected) {
        leases.bucket()
                .put(NatsLeases.key(name), new byte[0], expected)
                .subscribe(done -> {}, error -> {}); // it runs out by itself
    }

    private void lose() {
        NatsLease mine = held;
        held = null;
        if (mine != null) {
            mine.end();
        }
    }
}
