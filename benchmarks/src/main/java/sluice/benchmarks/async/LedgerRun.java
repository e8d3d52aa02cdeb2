package sluice.benchmarks.async;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingInt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code sluice bench ledger}: submits at full speed while the gateway is killed, then holds it to what it promised. */
public final class LedgerRun {
    private static final String FUNCTION = "ledger";
    private static final long LOOK_MILLIS = 500;

    private final Path directory;
    private final LedgerPlan plan;
    private final long deadline;
    private final WebhookKey key = WebhookKey.random();
    private @Nullable CallBroker broker;

    private LedgerRun(Path directory, LedgerPlan plan) {
        this.directory = directory;
        this.plan = plan;
        this.deadline = System.nanoTime() + plan.longest().toNanos();
    }

    /** Options: {@code --submits}, {@code --kills}, {@code --nats}, {@code --nodes}, {@code --connections}, {@code --seed}, {@code --minutes}. */
    public static int run(List<String> words) throws InterruptedException {
        LedgerPlan plan;
        try {
            plan = LedgerPlan.parse(words);
        } catch (IllegalArgumentException e) {
            System.err.println("sluice bench ledger: " + e.getMessage());
            return 1;
        }
        return Workplace.run(directory -> new LedgerRun(directory, plan).isKept());
    }

    private boolean isKept() throws IOException, InterruptedException {
        System.out.println(plan);
        Files.writeString(directory.resolve("callback.key"), key.text() + "\n");
        long start = System.nanoTime();
        try (CallbackReceiver receiver = new CallbackReceiver(key)) {
            broker = plan.isOnBroker() ? broker() : null;
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
                if (broker != null) {
                    broker.close();
                }
            }
        }
    }

    private CallBroker broker() throws IOException, InterruptedException {
        return plan.nodes() > 1 ? BrokerCluster.start(directory, plan.nodes()) : BrokerChild.start(directory);
    }

    private GatewayChild start() throws IOException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "SLUICE_CALLBACK_KEY_FILE",
                directory.resolve("callback.key").toString(),
                "SLUICE_CALLBACK_FIRST_WAIT",
                "1s"));
        if (broker != null) {
            settings.putAll(broker.settings());
        }
        return GatewayChild.start(directory, settings, broker == null ? List.of() : List.of("--nats", broker.urls()));
    }

    private Submitters submitters(GatewayChild gateway, CallbackReceiver receiver)
            throws IOException, InterruptedException {
        gateway.ask("POST", "/system/functions", LedgerFunction.deployment(FUNCTION, log()));
        return new Submitters(
                plan.connections(), plan.submits(), FUNCTION, "X-Callback-Url: " + receiver.url() + "\r\n");
    }

    /** The gateway that lives on. */
    private GatewayChild killOften(GatewayChild first, Submitters submitters) throws IOException, InterruptedException {
        GatewayChild gateway = first;
        for (LedgerPlan.Kill kill : plan.moments()) {
            if (left().isNegative()) {
                break;
            }
            if (kill.victim() != LedgerPlan.Victim.STARTING_GATEWAY) {
                submitters.gateway(gateway.awaitReady());
                submitters.awaitAccepted(kill.accepted(), left());
            }
            TimeUnit.MILLISECONDS.sleep(kill.pauseMillis());
            System.out.printf("%d accepted: kill %s%n", submitters.accepted().size(), kill.victim());
            if (kill.victim() == LedgerPlan.Victim.BROKER && broker != null) {
                broker.killAndStart();
            } else {
                gateway.kill();
                submitters.gateway(null);
                gateway = start();
            }
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
