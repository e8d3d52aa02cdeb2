package sluice.benchmarks.async;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingInt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import sluice.benchmarks.Arguments;

/** {@code sluice bench ledger}: submits at full speed while the gateway is killed, then holds it to what it promised. */
public final class LedgerRun {
    private static final String FUNCTION = "ledger";
    private static final int LONGEST_LIFE_MILLIS = 2_000;
    private static final int LONGEST_RECOVERY_MILLIS = 1_000;
    private static final int EARLY_ONE_IN = 5;
    private static final long LOOK_MILLIS = 500;

    private final Path directory;
    private final Plan plan;
    private final Random random;
    private final long deadline;
    private final WebhookKey key = WebhookKey.random();

    private LedgerRun(Path directory, Plan plan) {
        this.directory = directory;
        this.plan = plan;
        this.random = new Random(plan.seed());
        this.deadline = System.nanoTime() + plan.longest().toNanos();
    }

    private record Plan(int submits, int kills, int connections, int seed, Duration longest) {
        static Plan parse(List<String> words) {
            Arguments arguments = Arguments.of(words.toArray(String[]::new));
            int anySeed = 1 + (int) (System.nanoTime() % 1_000_000);
            Plan plan = new Plan(
                    arguments.number("--submits", 100_000, 9_999_999),
                    arguments.number("--kills", 20, 1_000),
                    arguments.number("--connections", 32, 1_000),
                    arguments.number("--seed", anySeed, 9_999_999),
                    Duration.ofMinutes(arguments.number("--minutes", 30, 600)));
            arguments.requireNoneLeft();
            return plan;
        }
    }

    /** Options: {@code --submits}, {@code --kills}, {@code --connections}, {@code --seed}, {@code --minutes}. */
    public static int run(List<String> words) throws InterruptedException {
        Plan plan;
        try {
            plan = Plan.parse(words);
        } catch (IllegalArgumentException e) {
            System.err.println("sluice bench ledger: " + e.getMessage());
            return 1;
        }
        return Workplace.run(directory -> new LedgerRun(directory, plan).isKept());
    }

    private boolean isKept() throws IOException, InterruptedException {
        System.out.printf("%d submits, %d kills, seed %d%n", plan.submits(), plan.kills(), plan.seed());
        Files.writeString(directory.resolve("callback.key"), key.text() + "\n");
        long start = System.nanoTime();
        try (CallbackReceiver receiver = new CallbackReceiver(key)) {
            GatewayChild gateway = start();
            try (Submitters submitters = submitters(gateway, receiver)) {
                gateway = killOften(gateway, submitters);
                boolean isSubmitted = submitters.await(left());
                System.out.printf(
                        "%d accepted after %d s%n", submitters.accepted().size(), seconds(start));
                Ledger ledger = settled(gateway, submitters, receiver);
                print(ledger, submitters, receiver, seconds(start));
                return isSubmitted && ledger.violations().values().stream().allMatch(n -> n == 0);
            } finally {
                gateway.close();
            }
        }
    }

    private GatewayChild start() throws IOException {
        return GatewayChild.start(
                directory,
                Map.of(
                        "SLUICE_CALLBACK_KEY_FILE",
                        directory.resolve("callback.key").toString(),
                        "SLUICE_CALLBACK_FIRST_WAIT",
                        "1s"),
                List.of());
    }

    private Submitters submitters(GatewayChild gateway, CallbackReceiver receiver)
            throws IOException, InterruptedException {
        gateway.ask("POST", "/system/functions", LedgerFunction.deployment(FUNCTION, log()));
        return new Submitters(
                plan.connections(), plan.submits(), FUNCTION, "X-Callback-Url: " + receiver.url() + "\r\n");
    }

    /** The gateway that lives on. Some of the others are killed while they recover, before they are ready. */
    private GatewayChild killOften(GatewayChild first, Submitters submitters) throws IOException, InterruptedException {
        GatewayChild gateway = first;
        for (int kill = 1; kill <= plan.kills() && !left().isNegative(); kill++) {
            boolean isEarly = kill > 1 && random.nextInt(EARLY_ONE_IN) == 0;
            int after = random.nextInt(isEarly ? LONGEST_RECOVERY_MILLIS : LONGEST_LIFE_MILLIS);
            if (!isEarly) {
                submitters.gateway(gateway.awaitReady());
            }
            TimeUnit.MILLISECONDS.sleep(after);
            gateway.kill();
            submitters.gateway(null);
            System.out.printf(
                    "kill %d, %d ms after its %s: %d accepted%n",
                    kill,
                    after,
                    isEarly ? "start" : "readiness",
                    submitters.accepted().size());
            gateway = start();
        }
        submitters.gateway(gateway.awaitReady());
        return gateway;
    }

    /** The ledger once nothing is open and no callback pending, or as it is at the deadline. */
    private Ledger settled(GatewayChild gateway, Submitters submitters, CallbackReceiver receiver)
            throws IOException, InterruptedException {
        while (CallPages.hasOpen(gateway) && !left().isNegative()) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        while (true) {
            List<Ledger.Call> calls = CallPages.all(gateway);
            if (left().isNegative()
                    || calls.stream().noneMatch(call -> call.callback().equals("pending"))) {
                Map<String, Integer> executions = LedgerFunction.read(log()).stream()
                        .collect(groupingBy(LedgerFunction.Execution::callId, summingInt(one -> 1)));
                return new Ledger(
                        submitters.accepted(), calls, executions, receiver.idsByCall(), receiver.unverified());
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private void print(Ledger ledger, Submitters submitters, CallbackReceiver receiver, long seconds) {
        System.out.printf("%n%-48s %9s%n", "ledger after " + seconds + " s, seed " + plan.seed(), "count");
        row("submits answered 202", submitters.accepted().size());
        row("submits answered otherwise, made again", submitters.refused());
        row("submits cut off by a kill, made again", submitters.unanswered());
        row("records", ledger.calls().size());
        ledger.states().forEach((state, count) -> row("  " + state, count));
        row("executions beyond the first, by later attempts", ledger.repeated());
        row("callbacks taken and verified", receiver.taken());
        row("  of them repeated", receiver.taken() - receiver.idsByCall().size());
        System.out.printf("%-48s %9s%n", "violated", "");
        ledger.violations().forEach((promise, count) -> row("  " + promise, count));
    }

    private static void row(String name, long count) {
        System.out.printf("%-48s %9d%n", name, count);
    }

    private Path log() {
        return directory.resolve("executions");
    }

    private Duration left() {
        return Duration.ofNanos(deadline - System.nanoTime());
    }

    private static long seconds(long start) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    }
}
