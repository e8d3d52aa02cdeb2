package sluice.local;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.core.FunctionStatus;
import sluice.local.process.ProcessTable;

/** Measures what sets of processes use, by looking twice. */
final class UsageMeter {
    private static final Duration WINDOW = Duration.ofMillis(500);
    private static final double MILLIS_PER_TICK = 10; // Linux tells user space hundredths of a second

    private final Scheduler blocking;

    UsageMeter(Scheduler blocking) {
        this.blocking = blocking;
    }

    /** The use of these sessions and their descendants over the next half second. */
    Mono<FunctionStatus.Usage> measure(Set<Long> sessions) {
        return sample(sessions)
                .flatMap(before -> Mono.delay(WINDOW).then(sample(sessions)).map(after -> between(before, after)));
    }

    private Mono<Sample> sample(Set<Long> sessions) {
        return Mono.fromCallable(() -> Sample.take(sessions)).subscribeOn(blocking);
    }

    private static FunctionStatus.Usage between(Sample before, Sample after) {
        long ticks = 0;
        long bytes = 0;
        for (ProcessTable.Entry process : after.processes.values()) {
            ProcessTable.Entry earlier = before.processes.get(process.pid());
            long counted = earlier == null || earlier.startTicks() != process.startTicks() ? 0 : earlier.cpuTicks();
            ticks += process.cpuTicks() - counted;
            bytes += ProcessTable.residentBytes(process.pid());
        }
        double millis = (after.nanos - before.nanos) / 1e6;
        return new FunctionStatus.Usage(ticks * MILLIS_PER_TICK / millis * 1_000, bytes);
    }

    private record Sample(long nanos, Map<Long, ProcessTable.Entry> processes) {
        static Sample take(Set<Long> sessions) {
            return new Sample(
                    System.nanoTime(),
                    ProcessTable.snapshot().members(sessions).stream()
                            .collect(Collectors.toMap(ProcessTable.Entry::pid, Function.identity())));
        }
    }
}
