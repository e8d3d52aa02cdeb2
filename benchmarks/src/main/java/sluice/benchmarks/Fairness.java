package sluice.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.report.Topic;

/**
 * Small calls at a fixed rate, alone and while {@value #STREAMS} downloads of 1 GiB go through the same event loop. Peers
 * are interleaved, and all get the same rate: half of what the slowest of them can do, unless one is given.
 */
final class Fairness implements Measurement {
    private static final int STREAMS = 8;
    private static final int CONNECTIONS = 64;
    private static final long LEAD_MILLIS = 1_000; // of the downloads before and after the measured time

    private final Rig rig;

    Fairness(Rig rig) {
        this.rig = rig;
    }

    @Override
    public void run(List<Peer> peers) throws IOException, InterruptedException {
        List<Running> order = new ArrayList<>(rig.startAll(peers));
        rig.warmUp(order);
        LoadClient streams = rig.anotherLoad("streams");
        int rate = rig.options().rate() > 0 ? rig.options().rate() : halfOfTheSlowest(order);
        for (Rounds rounds = rig.rounds(); rounds.next(System.nanoTime()); ) {
            Map<String, Double> p99 = new TreeMap<>();
            for (Running peer : order) {
                tell(peer, rate, "alone", rig.load(peer, Shape.GET64, CONNECTIONS, rate));
                p99.put(peer.name(), beside(peer, rate, streams));
            }
            compare(p99, rate);
            Collections.rotate(order, 1);
        }
    }

    private int halfOfTheSlowest(List<Running> peers) throws IOException {
        double slowest = Double.MAX_VALUE;
        for (Running peer : peers) {
            slowest = Math.min(
                    slowest, rig.load(peer, Shape.GET64, CONNECTIONS, 0).rate());
        }
        return (int) Math.max(1, slowest / 2);
    }

    private double beside(Running peer, int rate, LoadClient streams) throws IOException {
        long millis = rig.options().seconds() * 1_000L + 2 * LEAD_MILLIS;
        streams.begin(Rig.plan(peer, Shape.GET1G, STREAMS, millis, 0));
        LoadResult small = rig.load(peer, Shape.GET64, CONNECTIONS, rate);
        LoadResult fat = streams.end();
        tell(peer, rate, "beside " + STREAMS + " downloads", small);
        figure(peer.name(), "the downloads", "MiB/s", fat.rate() * Shape.GET1G.mebibytes());
        return small.p99();
    }

    private void tell(Running peer, int rate, String where, LoadResult small) {
        String conditions = rate + " calls/s " + where;
        figure(peer.name(), "p50, " + conditions, "µs", small.p50());
        figure(peer.name(), "p99, " + conditions, "µs", small.p99());
        figure(peer.name(), "calls not answered well, " + conditions, "of all", (double) small.faults());
    }

    private void compare(Map<String, Double> p99, int rate) {
        Double sluice = p99.get("sluice");
        Double nginx = p99.get("nginx");
        if (sluice != null && nginx != null) {
            figure("sluice / nginx", "p99, " + rate + " calls/s beside " + STREAMS + " downloads", "", sluice / nginx);
        }
    }

    private void figure(String peer, String name, String unit, double value) {
        rig.findings().figure(Topic.FAIRNESS, peer, name, unit, value);
    }
}
