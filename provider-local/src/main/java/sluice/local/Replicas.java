package sluice.local;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import reactor.netty.resources.LoopResources;

/** Makes replicas, and knows all that are not gone yet. Thread-safe. */
final class Replicas {
    private static final int RADIX = 36;

    private final LocalConfig config;
    private final Machine machine;
    private final Threads threads;
    private final CallSlots slots;
    private final LoopResources loops;
    private final Consumer<DeployedFunction> changed;
    private final Set<Replica> alive = ConcurrentHashMap.newKeySet();
    private final AtomicLong numbers = new AtomicLong();

    /** {@code changed} is told, on the control thread, of functions whose replicas have changed. */
    Replicas(LocalConfig config, Machine machine, Threads threads, Consumer<DeployedFunction> changed) {
        this.config = config;
        this.machine = machine;
        this.threads = threads;
        this.slots = new CallSlots(config.callsInAll());
        this.loops = LoopResources.create(
                "local-endpoint", Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);
        this.changed = changed;
    }

    /** The lane of a function's classic calls, over all its replicas and versions. */
    CallSlots.Lane lane() {
        return slots.lane(config.callsPerFunction(), config.waitingCalls());
    }

    /** A replica that has not started. */
    Replica make(DeployedFunction function, DeployedFunction.Version version, CallSlots.Lane lane) {
        String id = function.name().name() + "-" + machine.boot().substring(0, 4) + "-"
                + Long.toString(numbers.incrementAndGet(), RADIX);
        Surroundings surroundings = new Surroundings(
                version.spec(),
                config,
                threads,
                machine.launcher(),
                machine.sandboxes(
                        function.name().qualified(),
                        version.spec(),
                        version.secrets().path()),
                function.log());
        Replica.Listener listener = new Listener(function);
        Replica replica = switch (version.spec().mode()) {
            case CLASSIC -> new ClassicReplica(id, surroundings, lane, loops, listener);
            case HTTP -> new HttpReplica(id, surroundings, listener);
        };
        alive.add(replica);
        return replica;
    }

    List<Replica> alive() {
        return List.copyOf(alive);
    }

    void close() {
        loops.dispose();
    }

    private final class Listener implements Replica.Listener {
        private final DeployedFunction function;

        private Listener(DeployedFunction function) {
            this.function = function;
        }

        @Override
        public void changed(Replica replica) {
            threads.inform(() -> {
                function.converge();
                changed.accept(function);
            });
        }

        @Override
        public void gone(Replica replica) {
            alive.remove(replica);
            threads.inform(() -> {
                function.gone(replica);
                changed.accept(function);
            });
        }
    }
}
