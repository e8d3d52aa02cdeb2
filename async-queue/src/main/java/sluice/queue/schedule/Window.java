package sluice.queue.schedule;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sluice.queue.Rid;
import sluice.queue.Waiting;

/**
 * The first calls of a lane, in their order: all that wait up to its last one, 64 at most, so that memory does not grow
 * with the queue. Behind them there may be more, which the ledger tells when asked. Confined to the dispatcher's thread.
 */
final class Window {
    static final int SIZE = 64;
    private static final int LOW = 16;

    private final TreeSet<Waiting> calls = new TreeSet<>();
    private final Set<Rid> taken = new HashSet<>(); // begun or being begun: the ledger may still tell them as waiting
    private boolean isComplete;
    private boolean isLoading;
    private boolean cameMeanwhile;
    private boolean isOutdated;

    /** @param isComplete whether nothing waits yet that the ledger would tell */
    Window(boolean isComplete) {
        this.isComplete = isComplete;
    }

    /** A call waits from now on. */
    void add(Waiting call) {
        taken.remove(call.rid());
        if (isLoading) {
            cameMeanwhile = true;
        }
        boolean isWithin = isComplete || (!calls.isEmpty() && call.compareTo(calls.last()) < 0);
        if (!isWithin) {
            return; // behind what is known; it will be told in its turn
        }
        calls.add(call);
        if (calls.size() > SIZE) {
            calls.pollLast();
            isComplete = false;
        }
    }

    /** The first call, due or not; null when none is known. */
    @Nullable Waiting first() {
        return calls.isEmpty() ? null : calls.first();
    }

    /** Takes the first call if it is due. */
    @Nullable Waiting takeDue(long nowMillis) {
        Waiting first = first();
        if (first == null || first.dueMillis() > nowMillis) {
            return null;
        }
        calls.remove(first);
        taken.add(first.rid());
        return first;
    }

    /** A call that was taken runs no more and does not wait either. */
    void done(Rid rid) {
        taken.remove(rid);
    }

    /** A call does not wait any more; whether it was known to. */
    boolean remove(Rid rid) {
        return calls.removeIf(call -> call.rid().equals(rid));
    }

    /** How many of the first calls are due, counted to {@code most}. */
    int due(long nowMillis, int most) {
        int due = 0;
        for (Waiting call : calls) {
            if (due == most || call.dueMillis() > nowMillis) {
                break;
            }
            due++;
        }
        return due;
    }

    /**
     * The ledger may have more than was told here, also before the calls that are known. So these are forgotten and the
     * ledger is asked from the beginning; an answer that is on its way belongs behind a call that is not known any more.
     */
    void mayHaveMore() {
        calls.clear();
        isComplete = false;
        isOutdated = isLoading;
    }

    boolean isEmpty() {
        return calls.isEmpty();
    }

    /** Whether all that waits is known. */
    boolean isComplete() {
        return isComplete;
    }

    /** Whether the ledger has to be asked; it then is being asked. */
    boolean startsLoading() {
        if (isLoading || isComplete || calls.size() >= LOW) {
            return false;
        }
        isLoading = true;
        cameMeanwhile = false;
        return true;
    }

    /** The last call that is known, behind which the ledger is asked; null for the beginning. */
    @Nullable Waiting last() {
        return calls.isEmpty() ? null : calls.last();
    }

    /** What the ledger told. */
    void loaded(List<Waiting> more) {
        isLoading = false;
        if (isOutdated) {
            isOutdated = false;
            return;
        }
        isComplete = more.size() < SIZE && !cameMeanwhile;
        more.stream().filter(call -> !taken.contains(call.rid())).forEach(calls::add);
        while (calls.size() > 2 * SIZE) {
            calls.pollLast();
            isComplete = false;
        }
    }

    /** The ledger could not tell. */
    void loadingFailed() {
        isLoading = false;
        isOutdated = false;
    }
}
