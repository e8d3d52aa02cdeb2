package sluice.benchmarks.async;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import sluice.benchmarks.Arguments;

/**
 * What a ledger run does.
 *
 * @param kills of the gateway
 * @param isOnBroker whether calls are kept by a NATS server, which is killed half as often
 * @param nodes servers of which there is a copy of each call on every one; of several the leader is killed, as often as
 *     the gateway
 * @param longest bound of the whole run
 */
record LedgerPlan(int submits, int kills, boolean isOnBroker, int nodes, int connections, int seed, Duration longest) {
    private static final int EARLY_ONE_IN = 5;
    private static final int LONGEST_PAUSE_MILLIS = 100;
    private static final int LONGEST_RECOVERY_MILLIS = 1_000;
    private static final int SEEDS = 1_000_000;

    /** Who is killed. */
    enum Victim {
        GATEWAY,
        /** The gateway, soon after the kill before: if that was its own too, mostly before it is ready again. */
        STARTING_GATEWAY,
        BROKER
    }

    /**
     * One kill.
     *
     * @param accepted calls before it; not waited for when a starting gateway is killed
     * @param pauseMillis after that
     */
    record Kill(Victim victim, int accepted, int pauseMillis) {}

    static LedgerPlan parse(List<String> words) {
        Arguments arguments = Arguments.of(words.toArray(String[]::new));
        int anySeed = 1 + (int) Math.floorMod(System.nanoTime(), (long) SEEDS);
        LedgerPlan plan = new LedgerPlan(
                arguments.number("--submits", 100_000, 9_999_999),
                arguments.number("--kills", 20, 1_000),
                arguments.has("--nats"),
                arguments.number("--nodes", 1, 5),
                arguments.number("--connections", 32, 1_000),
                arguments.number("--seed", anySeed, 9_999_999),
                Duration.ofMinutes(arguments.number("--minutes", 30, 600)));
        arguments.requireNoneLeft();
        if (plan.nodes > 1 && !plan.isOnBroker) {
            throw new IllegalArgumentException("--nodes goes with --nats");
        }
        return plan;
    }

    private int brokerKills() {
        return isOnBroker ? nodes > 1 ? kills : kills / 2 : 0;
    }

    /** All kills in their order, spread over the submits; the same for the same seed. */
    List<Kill> moments() {
        Random random = new Random(seed);
        List<Kill> moments = new ArrayList<>();
        for (int i = 0; i < kills; i++) {
            boolean isEarly = i > 0 && random.nextInt(EARLY_ONE_IN) == 0;
            moments.add(new Kill(
                    isEarly ? Victim.STARTING_GATEWAY : Victim.GATEWAY,
                    random.nextInt(submits),
                    random.nextInt(isEarly ? LONGEST_RECOVERY_MILLIS : LONGEST_PAUSE_MILLIS)));
        }
        for (int i = 0; i < brokerKills(); i++) {
            moments.add(new Kill(Victim.BROKER, random.nextInt(submits), random.nextInt(LONGEST_PAUSE_MILLIS)));
        }
        moments.sort(Comparator.comparingInt(Kill::accepted));
        return moments;
    }
}
