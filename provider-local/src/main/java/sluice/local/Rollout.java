package sluice.local;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import sluice.core.Endpoint;

/**
 * The next step towards the desired replicas of the current version: never fewer ready ones than desired if it can be
 * helped, and at most one more than desired while an older version leaves (surge 1, unavailable 0).
 *
 * @param start how many of the current version to start
 * @param drain which to drain
 */
record Rollout(int start, List<Replica> drain) {
    /**
     * Decides.
     *
     * @param current replicas of the current version that are not draining, oldest first
     * @param outdated replicas of older versions that are not draining
     * @param isSharing whether two replicas can run at once; where they cannot, old ones leave first
     * @param isLeaving whether drained replicas are still there
     */
    static Rollout next(
            int desired, List<Replica> current, List<Replica> outdated, boolean isSharing, boolean isLeaving) {
        if (!isSharing && !outdated.isEmpty()) {
            return new Rollout(0, outdated);
        }
        List<Replica> drain = new ArrayList<>(excess(current, current.size() - desired));
        if (outdated.isEmpty()) {
            boolean isBlocked = !isSharing && isLeaving;
            return new Rollout(isBlocked ? 0 : Math.max(0, desired - current.size()), drain);
        }
        int room = desired + 1 - current.size() - outdated.size();
        int start = Math.max(0, Math.min(desired - current.size(), room));
        int useless = outdated.size() - ready(outdated);
        drain.addAll(excess(outdated, useless + Math.max(0, ready(current) + ready(outdated) - desired)));
        return new Rollout(start, drain);
    }

    boolean isNothing() {
        return start == 0 && drain.isEmpty();
    }

    /** Up to {@code count} replicas that are missed least: those not ready, then the newest. */
    private static List<Replica> excess(List<Replica> replicas, int count) {
        List<Replica> leastMissed = new ArrayList<>(replicas);
        Collections.reverse(leastMissed);
        leastMissed.sort(Comparator.comparing(replica -> replica.state() == Endpoint.State.READY));
        return leastMissed.subList(0, Math.max(0, Math.min(count, leastMissed.size())));
    }

    private static int ready(List<Replica> replicas) {
        return (int) replicas.stream()
                .filter(replica -> replica.state() == Endpoint.State.READY)
                .count();
    }
}
