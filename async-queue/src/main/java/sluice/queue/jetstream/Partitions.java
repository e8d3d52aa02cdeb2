package sluice.queue.jetstream;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;
import sluice.core.fleet.Fleet;
import sluice.core.fleet.FleetMember;
import sluice.core.fleet.Lease;
import sluice.queue.store.CallRow;

/**
 * Which partitions are ours. Every worker tries for those for which its hash is the greatest among the workers that are
 * there, so that all have about as many and few move when one comes or goes.
 */
final class Partitions {
    static final String WORKER = "worker";

    private static final Logger log = LoggerFactory.getLogger(Partitions.class);

    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Fleet fleet;
    private final JournalState journal;
    private final AtomicReferenceArray<@Nullable Tenure> tenures = new AtomicReferenceArray<>(Subjects.PARTITIONS);
    private final Disposable[] contending = new Disposable[Subjects.PARTITIONS]; // by the subscriber of members only
    private final Disposable.Swap running = Disposables.swap();
    private final View view;
    private final Follower follower;
    private final Changes changes;

    Partitions(Fleet fleet, JournalState journal) {
        this.fleet = fleet;
        this.journal = journal;
        view = new View(journal, this::isOurs);
        follower = new Follower(view, journal.broker);
        changes = new Changes(journal, view);
    }

    View view() {
        return view;
    }

    Changes changes() {
        return changes;
    }

    void start() {
        running.update(fleet.members().subscribe(this::divide));
    }

    /** Whether changes of that partition belong into our view. */
    boolean isOurs(int partition) {
        Tenure tenure = tenures.get(partition);
        return tenure != null && tenure.isHeld();
    }

    /** Whether calls of that partition may be started here. */
    boolean isServing(int partition) {
        Tenure tenure = tenures.get(partition);
        return tenure != null && tenure.isServing();
    }

    /** Those that are ours and loaded. */
    Set<Integer> serving() {
        Set<Integer> all = new HashSet<>();
        for (int partition = 0; partition < Subjects.PARTITIONS; partition++) {
            if (isServing(partition)) {
                all.add(partition);
            }
        }
        return all;
    }

    private synchronized void divide(List<FleetMember> members) {
        for (int partition = 0; partition < Subjects.PARTITIONS; partition++) {
            boolean isWanted = isWanted(members, partition);
            Disposable contender = contending[partition];
            if (isWanted && contender == null) {
                int number = partition;
                contending[partition] = fleet.contend(Subjects.lease(partition)).subscribe(lease -> won(number, lease));
            } else if (!isWanted && contender != null) {
                contending[partition] = null;
                contender.dispose();
            }
        }
    }

    private boolean isWanted(List<FleetMember> members, int partition) {
        return members.stream()
                .filter(member -> member.roles().contains(WORKER))
                .max(Comparator.comparingLong((FleetMember member) ->
                                CallRow.hashOf(member.id() + "/" + partition + "/" + member.id()))
                        .thenComparing(FleetMember::id))
                .map(member -> member.id().equals(fleet.self().id()))
                .orElse(false);
    }

    private void won(int partition, Lease lease) {
        Tenure tenure = new Tenure(partition, lease);
        lease.lost().subscribe(unused -> {}, e -> {}, () -> lost(tenure));
        // what an earlier ownership has left in the view may have changed since
        view.drop(partition)
                .subscribe(
                        dropped -> {
                            tenures.set(partition, tenure);
                            tenure.following.update(journal.broker
                                    .ready()
                                    .publishOn(journal.broker.scheduler())
                                    .switchMap(connection -> Flux.using(
                                            () -> follower.follow(connection, tenure, () -> loaded(tenure)),
                                            following -> Flux.never(),
                                            Disposable::dispose))
                                    .subscribe());
                            if (!tenure.isHeld()) {
                                lost(tenure);
                            }
                        },
                        e -> log.warn("partition {} cannot be taken: {}", partition, e.getMessage()));
    }

    /**
     * The view has caught up: from now on calls are started. Those that ran before that were another worker's, and wait
     * again; what runs later is ours.
     */
    private void loaded(Tenure tenure) {
        if (!tenure.isFirstLoading()) {
            return;
        }
        view.running(tenure.partition)
                .doOnTerminate(() -> {
                    tenure.isLoaded = true;
                    journal.backlogsChanged();
                })
                .flatMapIterable(running -> running)
                .concatMap(kept -> changes.requeue(kept)
                        .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, RETRY)
                                .filter(e -> tenure.isHeld())
                                .doBeforeRetry(r -> log.debug("a call still counts as running", r.failure())))
                        .onErrorComplete()) // the next owner does it
                .then()
                .subscribe(
                        unused -> {},
                        e -> log.warn("what ran in partition {} is not known: {}", tenure.partition, e.getMessage()),
                        journal::backlogsChanged);
    }

    private void lost(Tenure tenure) {
        tenure.following.dispose();
        if (!tenures.compareAndSet(tenure.partition, tenure, null)) {
            return;
        }
        log.debug("partition {} is not ours any more", tenure.partition);
        view.drop(tenure.partition)
                .flatMapIterable(running -> running)
                .flatMap(kept -> journal.withdrawn(kept.row().rid()))
                .then()
                .subscribe(unused -> {}, e -> journal.backlogsChanged(), journal::backlogsChanged);
    }

    synchronized void stop() {
        running.dispose();
        for (int partition = 0; partition < Subjects.PARTITIONS; partition++) {
            Disposable contender = contending[partition];
            if (contender != null) {
                contender.dispose();
            }
            Tenure tenure = tenures.get(partition);
            if (tenure != null) {
                tenure.following.dispose();
            }
        }
    }
}
