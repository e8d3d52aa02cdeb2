package sluice.benchmarks.load;

/**
 * What one phase of load showed. Latency is microseconds: from the sending in a closed loop, from the moment the
 * request was due at a fixed rate, so that a proxy that stalls is charged for the requests it delayed.
 *
 * @param calls answered with 200 and a body of the right length; of long bodies under way the part moved in this time
 * @param allCalls whole ones, with those before the measured time
 * @param notOk answered with another status
 * @param broken connections closed early, bodies of the wrong length, refused connects
 * @param unsent due, but never sent since every connection was busy to the end
 * @param seconds measured time
 * @param userMicros CPU time of the watched processes in that time
 * @param systemMicros the kernel's part of it
 */
public record LoadResult(
        double calls,
        long allCalls,
        long notOk,
        long broken,
        long unsent,
        double seconds,
        long userMicros,
        long systemMicros,
        double p50,
        double p90,
        double p99,
        double p999) {
    /** Calls per second. */
    public double rate() {
        return calls / seconds;
    }

    /** CPU microseconds of the proxy per call, all its threads and processes. */
    public double cpuPerCall() {
        return userPerCall() + systemPerCall();
    }

    /** The part of {@link #cpuPerCall} outside the kernel. */
    public double userPerCall() {
        return userMicros / Math.max(1, calls);
    }

    /** The part of {@link #cpuPerCall} in the kernel. */
    public double systemPerCall() {
        return systemMicros / Math.max(1, calls);
    }

    /** How much of one core the proxy used, 1.0 being all of it. */
    public double busy() {
        return (userMicros + systemMicros) / (seconds * 1e6);
    }

    /** Everything that was not a good answer. */
    public long faults() {
        return notOk + broken + unsent;
    }
}
