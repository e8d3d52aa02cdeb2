package sluice.core.fleet;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Leases within one process: whoever came first owns, until he leaves. */
final class LocalLeases {
    private final Map<String, Deque<Contender>> contenders = new HashMap<>(); // the first of each owns
    private long fence;

    Flux<Lease> contend(String name) {
        return Flux.create(sink -> {
            Contender contender = new Contender(name, sink);
            sink.onDispose(() -> leave(contender));
            join(contender);
        });
    }

    private void join(Contender contender) {
        synchronized (this) {
            Deque<Contender> line = contenders.computeIfAbsent(contender.name, n -> new ArrayDeque<>());
            line.add(contender);
            if (line.peek() != contender) {
                return;
            }
            contender.fence = ++fence;
        }
        contender.win();
    }

    private void leave(Contender contender) {
        Contender next = null;
        synchronized (this) {
            Deque<Contender> line = contenders.getOrDefault(contender.name, new ArrayDeque<>());
            boolean owned = line.peek() == contender;
            line.remove(contender);
            if (line.isEmpty()) {
                contenders.remove(contender.name);
            } else if (owned) {
                next = line.getFirst();
                next.fence = ++fence;
            }
        }
        contender.lose();
        if (next != null) {
            next.win();
        }
    }

    /** One subscription; at the same time the lease that it may win, once. */
    private static final class Contender implements Lease {
        private final String name;
        private final FluxSink<Lease> sink;
        private final Sinks.Empty<Void> lost = Sinks.empty();
        private volatile long fence;
        private volatile boolean isOver;

        private Contender(String name, FluxSink<Lease> sink) {
            this.name = name;
            this.sink = sink;
        }

        private void win() {
            sink.next(this);
        }

        private void lose() {
            isOver = true;
            lost.tryEmitEmpty();
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long fence() {
            return fence;
        }

        @Override
        public boolean isHeld() {
            return fence > 0 && !isOver;
        }

        @Override
        public Mono<Void> lost() {
            return lost.asMono();
        }
    }
}
