package sluice.queue.jetstream;

import java.util.List;
import java.util.Set;

/**
 * What one worker says of its partitions.
 *
 * @param partitions that it spoke for
 * @param calls of a list, the newest first
 * @param next record id at which its list goes on, or empty at the end
 * @param changed calls
 */
record WorkerAnswer(Set<Integer> partitions, List<Kept> calls, String next, long changed) {}
