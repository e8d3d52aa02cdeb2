package sluice.fleet.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import sluice.core.fleet.FleetMember;

/**
 * Who is there: each member writes its key anew after a third of the lease, and is gone when it has not for a whole one.
 * All of it runs on {@code thread}, which has one thread.
 */
final class NatsMembers implements Disposable {
    private static final String PREFIX = "member";

    private final NatsBucket bucket;
    private final FleetMember self;
    private final Duration lease;
    private final Scheduler thread;
    private final Map<String, Sighting> sightings = new HashMap<>();
    private final Sinks.Many<List<FleetMember>> lists = Sinks.many().replay().latest();
    private final Disposable.Composite running = Disposables.composite();
    private List<FleetMember> last;

    private record Sighting(FleetMember member, long sinceNanos) {}

    NatsMembers(NatsBucket bucket, FleetMember self, Duration lease, Scheduler thread) {
        this.bucket = bucket;
        this.self = self;
        this.lease = lease;
        this.thread = thread;
        last = List.of(self);
        lists.tryEmitNext(last);
    }

    void start() {
        long period = lease.toMillis() / 3;
        running.add(bucket.feed(PREFIX).publishOn(thread).subscribe(this::saw));
        running.add(Flux.interval(Duration.ZERO, Duration.ofMillis(period), thread)
                .onBackpressureDrop()
                .concatMap(tick ->
                        bucket.put(key(), text(self).getBytes(UTF_8), -1).then().onErrorComplete())
                .subscribe());
        running.add(thread.schedulePeriodically(this::tell, period, period, TimeUnit.MILLISECONDS));
    }

    Flux<List<FleetMember>> lists() {
        return lists.asFlux();
    }

    /** Tells the others that we leave; the write is on its way when this returns. */
    void leave() {
        running.dispose();
        bucket.remove(key()).subscribe(done -> {}, error -> {}); // they will notice anyway
    }

    private String key() {
        return PREFIX + "." + self.id();
    }

    private void saw(NatsBucket.Entry entry) {
        String id = entry.key().substring(PREFIX.length() + 1);
        byte[] value = entry.value();
        if (value == null) {
            sightings.remove(id);
        } else {
            String[] words = new String(value, UTF_8).split(" ", 2);
            Set<String> roles = Arrays.stream(words.length < 2 ? new String[0] : words[1].split(","))
                    .filter(role -> !role.isEmpty())
                    .collect(Collectors.toSet());
            if (words[0].matches("[0-9]{1,18}")) {
                FleetMember member = new FleetMember(id, Long.parseLong(words[0]), roles);
                sightings.put(id, new Sighting(member, System.nanoTime()));
            }
        }
        tell();
    }

    private void tell() {
        long now = System.nanoTime();
        sightings.values().removeIf(s -> now - s.sinceNanos() > lease.toNanos());
        List<FleetMember> present = Stream.concat(
                        Stream.of(self),
                        sightings.values().stream().map(Sighting::member).filter(m -> !m.id().equals(self.id())))
                .sorted(Comparator.comparing(FleetMember::id))
                .toList();
        if (!present.equals(last)) {
            last = present;
            lists.tryEmitNext(present);
        }
    }

    private static String text(FleetMember member) {
        return member.epoch() + " " + String.join(",", new TreeSet<>(member.roles()));
    }

    @Override
    public void dispose() {
        running.dispose();
    }

    @Override
    public boolean isDisposed() {
        return running.isDisposed();
    }
}
