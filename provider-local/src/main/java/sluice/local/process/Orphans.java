package sluice.local.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what an earlier gateway of the same data directory left running when it was killed. A process belongs to it when
 * its environment says so, when it or its session's leader was recorded with pid and start time, or when it descends from
 * such a process. Names play no part, and a pid that was given to somebody else since is left alone.
 */
public final class Orphans {
    private static final Logger log = LoggerFactory.getLogger(Orphans.class);
    private static final long PAUSE_MILLIS = 20;

    private final String marker;
    private final PidRecords records;

    public Orphans(String dataDirectoryId, PidRecords records) {
        this.marker = Sandbox.MARKER + "=" + dataDirectoryId + "/";
        this.records = records;
    }

    /** Kills until nothing is left, for at most {@code bound}. Blocks. Call it before anything new is started. */
    public void end(Duration bound) throws IOException, InterruptedException {
        List<PidRecords.Leader> leaders = records.leftBehind();
        Set<Long> ended = new HashSet<>();
        long deadline = System.nanoTime() + bound.toNanos();
        Set<ProcessTable.Entry> left = find(leaders);
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            for (ProcessTable.Entry process : left) {
                process.kill();
                ended.add(process.pid());
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            left = find(leaders); // one that forked meanwhile has left a child
        }
        if (!ended.isEmpty()) {
            log.info("ended {} processes of an earlier run: {}", ended.size(), ended);
        }
        if (!left.isEmpty()) {
            log.error("processes of an earlier run do not end: {}", left);
        }
        records.clear();
    }

    private Set<ProcessTable.Entry> find(List<PidRecords.Leader> leaders) {
        ProcessTable table = ProcessTable.snapshot();
        List<Long> sessions = new ArrayList<>();
        for (PidRecords.Leader leader : leaders) {
            ProcessTable.Entry now = table.find(leader.pid());
            // No pid is given away while a session bears it: a leader that is gone may have left members, but one with
            // another start time means that the session is over.
            if (now == null || now.startTicks() == leader.startTicks()) {
                sessions.add(leader.pid());
            }
        }
        Set<ProcessTable.Entry> found = new HashSet<>(table.carrying(marker));
        found.addAll(table.members(sessions));
        found.removeIf(process -> process.pid() == ProcessHandle.current().pid());
        return found;
    }
}
