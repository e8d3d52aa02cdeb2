package sluice.queue.jetstream;

import java.time.Duration;

/**
 * Of streams that are not there yet.
 *
 * @param replicas copies in a cluster
 * @param maxBytes of the open calls, of the answers and of each day's bodies; 0 for no bound
 * @param answerAge after which an answer is nobody's any more, whatever its call's record says
 */
record StreamLimits(int replicas, long maxBytes, Duration answerAge) {}
