package sluice.benchmarks.async;

import java.util.List;

/** {@code sluice bench async}: times asynchronous calls, in one of three modes. */
public final class AsyncRun {
    private AsyncRun() {}

    /** The options are those of {@link AsyncPlan}; the exit code. */
    public static int run(List<String> words) throws InterruptedException {
        AsyncPlan plan;
        try {
            plan = AsyncPlan.parse(words);
        } catch (IllegalArgumentException e) {
            System.err.println("sluice bench async: " + e.getMessage());
            return 1;
        }
        return Workplace.run(directory -> {
            if (plan.growth() > 0) {
                return new GrowthRun(plan.isKept() ? plan.kept().toAbsolutePath() : directory, plan).measure();
            }
            return plan.queued() > 0
                    ? new SyncRun(directory, plan).measure()
                    : new AcceptRun(directory, plan).measure();
        });
    }
}
