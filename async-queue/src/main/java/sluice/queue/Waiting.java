package sluice.queue;

/**
 * A call in a lane, as small as it can be: up to 64 of each busy lane are kept in memory. Calls of a lane are ordered by
 * due time, then by record id.
 *
 * @param dueMillis milliseconds since 1970 of the journal's clock
 * @param expiresMillis an attempt never starts later
 */
public record Waiting(Rid rid, Lane lane, long dueMillis, long expiresMillis) implements Comparable<Waiting> {
    @Override
    public int compareTo(Waiting other) {
        int byTime = Long.compare(dueMillis, other.dueMillis);
        return byTime != 0 ? byTime : rid.compareTo(other.rid);
    }
}
