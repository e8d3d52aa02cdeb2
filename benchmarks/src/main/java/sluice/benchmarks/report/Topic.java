package sluice.benchmarks.report;

/** What single figures are about, in the order of the report. */
public enum Topic {
    PAIRS("Interleaved pairs", "CPU per call of the first, divided by that of the second measured right beside it."),
    ROUTES(
            "Size of the route table",
            "CPU per call with many functions, divided by that with 10; ten of them get all calls."),
    SYSCALLS("System calls per call", "Counted by strace while the peer is saturated; strace itself slows it."),
    ALLOCATION("Allocation per call", "Bytes that all threads of the JVM allocated on its heap, by call."),
    MEMORY("Memory per connection", "Growth by one connection that is held open, all of a kind at once."),
    START("Start to the first 200", "From the command to the first complete answer, asked for without pause."),
    FAIRNESS(
            "Small calls beside fat streams",
            "64-byte calls at a fixed rate, alone and beside downloads of 1 GiB on the same event loop.");

    private final String title;
    private final String meaning;

    Topic(String title, String meaning) {
        this.title = title;
        this.meaning = meaning;
    }

    String title() {
        return title;
    }

    String meaning() {
        return meaning;
    }
}
