package sluice.queue.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallState;
import sluice.queue.JournalClock;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.body.Bodies;
import sluice.queue.body.FreeSpace;
import sluice.queue.store.CallRow;
import sluice.queue.store.CallStore;
import sluice.queue.store.Durability;
import sluice.queue.store.Tables;

/**
 * Opens a journal as an earlier process has left it: checks it, begins a new boot, lets the calls of cut attempts wait
 * again, removes files that belong to no record.
 */
final class Recovery {
    /** Name of the number that is the last time an earlier process saw. */
    static final String CLOCK = "clock";

    private static final Logger log = LoggerFactory.getLogger(Recovery.class);
    private static final String BOOT = "boot";
    private static final long CHECKED_BEFORE_START_BYTES = 64 << 20;
    private static final Duration CHECKED_AFTER = Duration.ofSeconds(30);
    private static final Duration CHECK_PAUSE = Duration.ofSeconds(2);
    private static final int LOST_ATTEMPTS = 10;

    private Recovery() {}

    private record Start(long boot, long clock, long firstEra) {}

    static JournalState open(JournalDirectory directory, QueueConfig config, QueueCounters counters)
            throws IOException {
        Files.createDirectories(directory.bodies());
        FreeSpace space = FreeSpace.of(directory.bodies(), config.freeSpaceBytes());
        Bodies bodies = new Bodies(directory.bodies(), config.inlineBytes(), 1 << 20, config.memoryBytes(), space);
        boolean isSmall = Files.exists(directory.file()) && Files.size(directory.file()) < CHECKED_BEFORE_START_BYTES;
        if (CallStore.hasDamagedLog(directory.file())) {
            counters.damaged.increment();
        }
        CallStore store = null;
        try {
            store = CallStore.open(
                    directory.file(), Durability.SYNCED, bodies, nanos -> counters.commits.add(nanos / 1e9));
            if (isSmall) {
                store.check();
            }
            Start start = store.prepare(Recovery::begin);
            JournalClock clock = new JournalClock(System::currentTimeMillis, System::nanoTime, start.clock());
            JournalState journal =
                    new JournalState(config, store, bodies, clock, start.boot(), start.firstEra(), counters);
            requeue(journal, start.boot());
            if (isSmall) {
                journal.openCalls.set(store.prepare(tables -> tables.calls().open()));
            } else {
                countOpen(journal);
            }
            Set<String> files = bodies.filesPresent();
            List<Long> segments = bodies.segmentsPresent();
            removeStrays(journal, files, segments).subscribe(removed -> {}, e -> log.warn("stray bodies stay", e));
            store.start();
            if (!isSmall) {
                store.checkLater(CHECKED_AFTER, CHECK_PAUSE);
            }
            return journal;
        } catch (IOException | RuntimeException e) {
            if (store != null) {
                store.close();
            }
            bodies.close();
            throw e;
        }
    }

    private static Start begin(Tables tables) throws SQLException {
        long boot = tables.small().number(BOOT) + 1;
        tables.small().setNumber(BOOT, boot);
        return new Start(boot, tables.small().number(CLOCK), tables.eras().newest() + 1);
    }

    /**
     * Beside everything else, since it takes seconds to count a million calls. The reader sees the journal as it is before
     * the first write; what is written meanwhile is counted by whoever writes it. Blocks until it sees it.
     */
    private static void countOpen(JournalState journal) throws IOException {
        CountDownLatch isSeen = new CountDownLatch(1);
        journal.store
                .read(tables -> {
                    long unused = tables.small().number(BOOT); // the first read decides what is seen
                    isSeen.countDown();
                    return tables.calls().open();
                })
                .doOnTerminate(isSeen::countDown)
                .subscribe(journal.openCalls::addAndGet, e -> log.warn("open calls are not counted", e));
        try {
            isSeen.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the journal was opened", e);
        }
    }

    /** Attempts of an earlier process are lost; that is no failure of the function, but it must not go on for ever. */
    private static void requeue(JournalState journal, long boot) throws IOException {
        long now = journal.clock.millis();
        long requeued = journal.store.prepare(tables -> {
            long count = 0;
            for (CallRow row : tables.calls().runningBefore(JournalState.firstFence(boot), Integer.MAX_VALUE)) {
                if (row.attempt() - row.failures() > LOST_ATTEMPTS) {
                    tables.changes()
                            .endOpen(
                                    row.rid(),
                                    CallState.DEAD,
                                    now,
                                    "the gateway ended during " + LOST_ATTEMPTS + " attempts");
                    tables.callbacks().ready(row.rid(), now);
                    journal.counters.dead.increment();
                } else {
                    tables.changes().requeue(row.rid(), row.fence(), now);
                    count++;
                }
            }
            return count;
        });
        if (requeued > 0) {
            log.info("{} asynchronous calls were running when the gateway ended; they run again", requeued);
        }
    }

    /** What was there at the start and belongs to no record; what came since is not looked at. */
    private static Mono<Boolean> removeStrays(JournalState journal, Set<String> files, List<Long> segments) {
        return journal.store.read(tables -> {
            Set<String> wanted = new HashSet<>();
            for (Rid rid : tables.bodies().requestFiles()) {
                wanted.add(JournalState.requestFile(rid));
            }
            tables.bodies()
                    .answerFiles()
                    .forEach(file -> wanted.add(JournalState.answerFile(file.rid(), file.fence())));
            Set<Long> wantedSegments = new HashSet<>(tables.bodies().segments());
            long strays = 0;
            for (String file : files) {
                if (!wanted.contains(file)) {
                    strays++;
                    delete(journal, file);
                }
            }
            List<Long> straySegments =
                    segments.stream().filter(id -> !wantedSegments.contains(id)).toList();
            journal.bodies.removeSegments(straySegments);
            if (strays > 0) {
                journal.counters.damaged.add(strays);
                log.info("removed {} bodies that belonged to no call", strays);
            }
            return true;
        });
    }

    private static void delete(JournalState journal, String file) {
        try {
            journal.bodies.delete(file);
        } catch (IOException e) {
            log.warn("cannot remove {}: {}", file, e.getMessage());
        }
    }
}
