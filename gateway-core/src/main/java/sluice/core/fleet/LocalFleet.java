package sluice.core.fleet;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The fleet of a Sluice that is one process. Its maps last as long as the process does. */
public final class LocalFleet implements Fleet {
    private static final int BACKLOG = 256;

    private final FleetMember self;
    private final Map<String, Sinks.Many<byte[]>> topics = new ConcurrentHashMap<>();
    private final Map<String, List<Function<byte[], Mono<byte[]>>>> answerers = new ConcurrentHashMap<>();
    private final Map<String, LocalMap> maps = new ConcurrentHashMap<>();
    private final LocalLeases leases = new LocalLeases();

    public LocalFleet(FleetMember self) {
        this.self = self;
    }

    @Override
    public FleetMember self() {
        return self;
    }

    @Override
    public Flux<List<FleetMember>> members() {
        return Flux.concat(Mono.just(List.of(self)), Flux.never());
    }

    @Override
    public Mono<Void> broadcast(String topic, byte[] message) {
        return Mono.fromRunnable(() -> {
            FleetMessages.requireSmall(message);
            synchronized (topics) { // a sink takes one message at a time
                topic(topic).tryEmitNext(message.clone());
            }
        });
    }

    @Override
    public Flux<byte[]> broadcasts(String topic) {
        return Flux.defer(() -> topic(topic).asFlux())
                .onBackpressureBuffer(BACKLOG, m -> {}, FleetMessages.OLDEST_FIRST);
    }

    private Sinks.Many<byte[]> topic(String name) {
        FleetMessages.requireName(name);
        return topics.computeIfAbsent(name, n -> Sinks.many().multicast().directBestEffort());
    }

    @Override
    public Flux<byte[]> ask(String topic, byte[] question, Duration patience) {
        return Flux.defer(() -> {
            FleetMessages.requireName(topic);
            FleetMessages.requireSmall(question);
            return Flux.fromIterable(answerers.getOrDefault(topic, List.of()))
                    .flatMap(answerer -> FleetMessages.answer(answerer, question.clone()))
                    .take(patience);
        });
    }

    @Override
    public Disposable answer(String topic, Function<byte[], Mono<byte[]>> answerer) {
        FleetMessages.requireName(topic);
        List<Function<byte[], Mono<byte[]>>> those =
                answerers.computeIfAbsent(topic, t -> new CopyOnWriteArrayList<>());
        those.add(answerer);
        return () -> those.remove(answerer);
    }

    @Override
    public Flux<Lease> contend(String name) {
        FleetMessages.requireName(name);
        return leases.contend(name);
    }

    @Override
    public FleetMap map(String name) {
        FleetMessages.requireName(name);
        return maps.computeIfAbsent(name, n -> new LocalMap());
    }
}
