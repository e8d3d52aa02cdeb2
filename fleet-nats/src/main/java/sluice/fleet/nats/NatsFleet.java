package sluice.fleet.nats;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.fleet.Fleet;
import sluice.core.fleet.FleetMap;
import sluice.core.fleet.FleetMember;
import sluice.core.fleet.FleetMessages;
import sluice.core.fleet.Lease;

/** The fleet of all processes that use one NATS account. */
public final class NatsFleet implements Fleet, Disposable {
    private static final Duration LEAVING = Duration.ofSeconds(2);
    private static final int THREADS = 4;
    private static final int QUEUED = 100_000;

    private final FleetMember self;
    private final NatsLink link;
    private final Scheduler blocking = Schedulers.newBoundedElastic(THREADS, QUEUED, "fleet-nats-calls", 60, true);
    private final Scheduler thread = Schedulers.newSingle("fleet-nats-leases", true);
    private final NatsBucket bucket;
    private final NatsLeases leases;
    private final NatsMembers members;
    private final NatsTalk talk;

    /** Joins; what hangs on the server waits until it can be reached. {@code link} stays the caller's to dispose. */
    public NatsFleet(NatsLink link, FleetMember self) {
        this.self = self;
        this.link = link;
        bucket = new NatsBucket(link, blocking);
        leases = new NatsLeases(bucket, self, link.config().lease(), thread);
        members = new NatsMembers(bucket, self, link.config().lease(), thread);
        talk = new NatsTalk(link, blocking);
        leases.start();
        members.start();
    }

    @Override
    public FleetMember self() {
        return self;
    }

    @Override
    public Flux<List<FleetMember>> members() {
        return members.lists();
    }

    @Override
    public Mono<Void> broadcast(String topic, byte[] message) {
        return Mono.defer(() -> {
            FleetMessages.requireName(topic);
            FleetMessages.requireSmall(message);
            return talk.broadcast(topic, message);
        });
    }

    @Override
    public Flux<byte[]> broadcasts(String topic) {
        FleetMessages.requireName(topic);
        return talk.broadcasts(topic);
    }

    @Override
    public Flux<byte[]> ask(String topic, byte[] question, Duration patience) {
        return Flux.defer(() -> {
            FleetMessages.requireName(topic);
            FleetMessages.requireSmall(question);
            return talk.ask(topic, question, patience);
        });
    }

    @Override
    public Disposable answer(String topic, Function<byte[], Mono<byte[]>> answerer) {
        FleetMessages.requireName(topic);
        return talk.answer(topic, answerer);
    }

    @Override
    public Flux<Lease> contend(String name) {
        FleetMessages.requireName(name);
        return leases.contend(name);
    }

    @Override
    public FleetMap map(String name) {
        FleetMessages.requireName(name);
        return new NatsMap(bucket, name);
    }

    /** Leaves: gives every lease back and says so, while the server can be reached. Blocks for at most 2 s. */
    @Override
    public void dispose() {
        leases.giveBack();
        members.leave();
        if (link.isUp()) {
            forgetMember();
        }
        leases.dispose();
        thread.dispose();
        blocking.dispose();
    }

    /** Tells the others at once rather than by silence; on a thread that may wait, and not for long. */
    private void forgetMember() {
        CountDownLatch gone = new CountDownLatch(1);
        Disposable removal = bucket.remove("member." + self.id())
                .doFinally(end -> gone.countDown())
                .subscribe(done -> {}, failed -> {});
        try {
            if (!gone.await(LEAVING.toMillis(), TimeUnit.MILLISECONDS)) {
                removal.dispose();
            }
        } catch (InterruptedException e) {
            removal.dispose();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isDisposed() {
        return thread.isDisposed();
    }
}
