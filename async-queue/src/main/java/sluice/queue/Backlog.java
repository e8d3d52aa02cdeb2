package sluice.queue;

/**
 * How much waits in a lane.
 *
 * @param waiting calls that are due now or later
 * @param firstDueMillis when the first of them is due, milliseconds since 1970 of the journal's clock
 */
public record Backlog(Lane lane, long waiting, long firstDueMillis) {}
