package sluice.queue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import sluice.core.Settings;

/**
 * Settings of asynchronous calls.
 *
 * @param maxAttempts of calls whose function does not say
 * @param firstWait before the second attempt
 * @param longestWait between attempts
 * @param jitter how waits are spread
 * @param retryCodes statuses after which a call is tried again
 * @param maxBodyBytes of a request
 * @param maxResultBytes of an answer
 * @param inlineBytes of a body that is kept in the record itself
 * @param memoryBytes of the heap for bodies on their way to the disk
 * @param freeSpaceBytes below which no call is accepted; never more than 5 % of the file system
 * @param maxOpenCalls calls that have not ended
 * @param maxInflight attempts at once, of one queue
 * @param maxAge from submit to the last start of an attempt
 * @param resultRetention how long ended calls and their answers are kept
 * @param deadRetention how long dead calls are kept
 * @param retainedBytes what ended calls may keep, all together
 * @param tombstoneRetention how long it is known that a call was there
 * @param maxTombstones of those
 */
public record QueueConfig(
        int maxAttempts,
        Duration firstWait,
        Duration longestWait,
        Jitter jitter,
        Set<Integer> retryCodes,
        long maxBodyBytes,
        long maxResultBytes,
        int inlineBytes,
        long memoryBytes,
        long freeSpaceBytes,
        long maxOpenCalls,
        int maxInflight,
        Duration maxAge,
        Duration resultRetention,
        Duration deadRetention,
        long retainedBytes,
        Duration tombstoneRetention,
        int maxTombstones) {
    private static final long GIB = 1L << 30;

    public QueueConfig {
        retryCodes = Set.copyOf(retryCodes);
    }

    /** Reads the settings; where OpenFaaS's queue worker has a name for one, it is that. */
    public static QueueConfig from(Settings settings) {
        return new QueueConfig(
                settings.integer(
                        "max_retry_attempts",
                        10,
                        1,
                        10_000,
                        "attempts of an asynchronous call whose function has no annotation com.openfaas.retry.attempts"),
                settings.duration(
                        "initial_retry_wait", Duration.ofSeconds(10), "before the second attempt; doubled each time"),
                settings.duration("max_retry_wait", Duration.ofSeconds(120), "longest wait between two attempts"),
                settings.choice("backoff", Jitter.FULL, "which part of a wait is left to chance: none, half, all"),
                settings.parsed(
                                "retry_http_codes",
                                "comma-separated statuses",
                                new StatusList("408,429,500,502,503,504"),
                                "statuses of functions after which an asynchronous call is tried again",
                                text -> statuses(text).map(codes -> new StatusList(text)))
                        .codes(),
                settings.bytes("SLUICE_QUEUE_MAX_BODY", GIB, 0, 1L << 40, "body of an asynchronous call"),
                settings.bytes("SLUICE_QUEUE_MAX_RESULT", GIB, 0, 1L << 40, "answer to an asynchronous call"),
                (int) settings.bytes(
                        "SLUICE_QUEUE_INLINE_BYTES", 8 << 10, 0, 1 << 20, "body that is kept in the journal's record"),
                settings.bytes(
                        "SLUICE_QUEUE_MEMORY", 32 << 20, 1 << 20, 1L << 40, "heap for bodies on their way to the disk"),
                settings.bytes(
                        "SLUICE_QUEUE_FREE_SPACE",
                        256 << 20,
                        0,
                        1L << 50,
                        "free disk space, or 5 % of the file system if that is less, below which no call is accepted"),
                settings.integer(
                        "SLUICE_QUEUE_MAX_OPEN_CALLS",
                        5_000_000,
                        1,
                        1_000_000_000,
                        "asynchronous calls that have not ended; more are refused with 503"),
                settings.integer(
                        "SLUICE_QUEUE_MAX_INFLIGHT", 1_000, 1, 100_000, "attempts of one queue that run at once"),
                settings.duration(
                        "SLUICE_QUEUE_MAX_AGE",
                        Duration.ofHours(24),
                        "from the submit of a call until no more attempt of it starts"),
                settings.duration(
                        "SLUICE_QUEUE_RESULT_RETENTION",
                        Duration.ofHours(24),
                        "how long ended calls and answers are kept"),
                settings.duration("SLUICE_QUEUE_DEAD_RETENTION", Duration.ofDays(7), "how long dead calls are kept"),
                settings.bytes(
                        "SLUICE_QUEUE_RETAINED_BYTES",
                        10 * GIB,
                        0,
                        1L << 50,
                        "bodies that ended calls keep; beyond that the oldest are forgotten"),
                settings.duration(
                        "SLUICE_QUEUE_TOMBSTONE_RETENTION",
                        Duration.ofDays(7),
                        "how long a forgotten call is answered with 410 instead of 404"),
                settings.integer(
                        "SLUICE_QUEUE_MAX_TOMBSTONES",
                        1_000_000,
                        0,
                        100_000_000,
                        "forgotten calls that are remembered"));
    }

    /** The statuses of a comma-separated list; empty when it is none. */
    static Optional<Set<Integer>> statuses(String text) {
        return Arrays.stream(text.split(",", -1)).map(String::trim).allMatch(code -> code.matches("[1-5][0-9]{2}"))
                ? Optional.of(Arrays.stream(text.split(",", -1))
                        .map(String::trim)
                        .map(Integer::valueOf)
                        .collect(Collectors.toCollection(TreeSet::new)))
                : Optional.empty();
    }

    /** A list that is documented as it is written. */
    private record StatusList(String text) {
        Set<Integer> codes() {
            return statuses(text).orElseThrow();
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
