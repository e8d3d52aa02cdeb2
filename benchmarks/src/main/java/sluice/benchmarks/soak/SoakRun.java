package sluice.benchmarks.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import sluice.benchmarks.Children;
import sluice.benchmarks.LoadClient;
import sluice.benchmarks.ProbeClient;
import sluice.benchmarks.load.LoadDriver;
import sluice.benchmarks.load.LoadPlan;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.load.Upstream;
import sluice.benchmarks.peer.Jvm;
import sluice.benchmarks.peer.Probe;
import sluice.benchmarks.report.Machine;

/**
 * {@code sluice bench soak}: small calls at a part of what the gateway can do, while clients leave, reset and read slowly,
 * functions reset, and bodies of a MiB pass; every ten seconds, what the gateway holds.
 */
public final class SoakRun {
    private static final long PERIOD_SECONDS = 10;
    private static final long WARM_UP_MILLIS = 10_000;
    private static final long SATURATED_MILLIS = 10_000;
    private static final long END_SECONDS = 20;

    private final Path work;
    private final SoakPlan plan;

    private SoakRun(Path work, SoakPlan plan) {
        this.work = work;
        this.plan = plan;
    }

    /** Options: {@code --minutes}, {@code --load}, {@code --connections}, {@code --out}. The exit code. */
    public static int run(List<String> words) throws InterruptedException {
        try {
            SoakPlan plan = SoakPlan.parse(words);
            Path work = Files.createTempDirectory("sluice-soak");
            SoakReport report = new SoakRun(work, plan).measure();
            System.out.println(report.markdown());
            report.write(plan.out());
            if (report.isKept()) {
                return 0;
            }
            System.err.println("sluice bench soak: not as promised; the logs are in " + work);
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("sluice bench soak: " + e.getMessage());
        }
        return 1;
    }

    private SoakReport measure() throws IOException, InterruptedException {
        Machine machine = Machine.read(System.getProperty("java.vm.version"), "nothing pinned");
        try (Children children = new Children(work)) {
            int upstreamPort = freePort();
            Process upstream =
                    children.start("upstream", Jvm.small().command(Upstream.class, Integer.toString(upstreamPort)));
            children.awaitPort("upstream", upstream, upstreamPort);
            LoadClient load =
                    new LoadClient(children.startTalking("load", Jvm.small().command(LoadDriver.class)));
            int port = freePort();
            SoakGateway gateway = SoakGateway.start(children, work, port, upstreamPort);

            LoadResult warm = load.run(calls(port, WARM_UP_MILLIS, 0));
            LoadResult saturated = load.run(calls(port, SATURATED_MILLIS, 0));
            int rate = (int) Math.max(1, saturated.rate() * plan.load());
            System.out.printf(
                    "saturated %.0f calls/s (warm-up %.0f); going on with %d/s%n", saturated.rate(), warm.rate(), rate);
            return soak(machine, gateway, load, port, rate, saturated);
        }
    }

    private SoakReport soak(
            Machine machine, SoakGateway gateway, LoadClient load, int port, int rate, LoadResult saturated)
            throws IOException, InterruptedException {
        ProbeClient probe = gateway.probe();
        List<Vitals> samples = new ArrayList<>();
        LoadResult result;
        Map<String, Boolean> promises = new LinkedHashMap<>();
        List<String> preface = new ArrayList<>();
        Troublemakers trouble = Troublemakers.start(port);
        try (trouble) {
            long start = System.nanoTime();
            load.begin(calls(port, plan.length().toMillis(), rate));
            for (long at = PERIOD_SECONDS; at <= plan.length().toSeconds(); at += PERIOD_SECONDS) {
                TimeUnit.NANOSECONDS.sleep(start + TimeUnit.SECONDS.toNanos(at) - System.nanoTime());
                samples.add(Vitals.read(at, probe, gateway.pid()));
            }
            result = load.end();
        }
        promises.put(
                String.format(
                        Locale.ROOT,
                        "no call of the steady load failed: %d were not answered with 200, %d connections broke",
                        result.notOk(),
                        result.broken()),
                result.notOk() + result.broken() == 0);
        for (Trouble one : Trouble.values()) {
            promises.put(
                    one + ": made " + trouble.made(one) + " times, " + trouble.unexpected(one) + " went wrong",
                    trouble.made(one).get() > 0 && trouble.unexpected(one).get() == 0);
        }
        promises.put("no call is in flight after the end", endsInFlight(gateway));
        long heap = probe.ask(Probe.HEAP);
        LoadResult last = load.run(calls(port, 1_000, 100)); // makes buffers, which tells of those that were lost
        promises.put("calls succeed after the end", last.notOk() + last.broken() == 0);
        long unused = probe.ask(Probe.HEAP);
        LoadResult again = load.run(calls(port, 1_000, 100));
        List<String> leaks = gateway.leaks();
        promises.put("no leak was reported", leaks.isEmpty() && again.notOk() + again.broken() == 0);
        preface.add(String.format(
                Locale.ROOT,
                "%s, %d CPUs, %s, Java %s, load before %.1f. %d minutes.",
                machine.cpu(),
                machine.cpus(),
                machine.kernel(),
                machine.java(),
                machine.loadBefore(),
                plan.length().toMinutes()));
        preface.add("");
        preface.add(String.format(
                Locale.ROOT,
                "Saturated with %d connections: %.0f calls of 64 bytes per second; then %.0f/s were due and %.0f/s answered"
                        + " (p50 %.0f µs, p99 %.0f µs, %d not sent in time), beside the troubles below. Heap after the end:"
                        + " %.1f MiB.",
                plan.connections(),
                saturated.rate(),
                (double) rate,
                result.rate(),
                result.p50(),
                result.p99(),
                result.unsent(),
                heap / 1_048_576.0));
        preface.add("");
        preface.add("Gateway: " + gateway.setup());
        preface.add("");
        preface.add("What it counted, troubles and all:");
        preface.add("");
        gateway.outcomes().forEach(line -> preface.add("    " + line));
        leaks.forEach(System.err::println);
        if (!trouble.firstProblem().isEmpty()) {
            preface.add("");
            preface.add("First trouble that went wrong: " + trouble.firstProblem());
        }
        return new SoakReport(preface, samples, promises);
    }

    private static boolean endsInFlight(SoakGateway gateway) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        while (gateway.callsInFlight() > 0) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return true;
    }

    private LoadPlan calls(int port, long millis, int rate) {
        return new LoadPlan(Shape.GET64, port, List.of("/function/up"), plan.connections(), millis, rate, List.of());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
