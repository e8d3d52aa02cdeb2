package sluice.fleet.nats;

import java.util.HashSet;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.fleet.FleetMap;
import sluice.core.fleet.FleetMessages;

/** A map in the fleet's bucket, as durable as the server's streams are. */
final class NatsMap implements FleetMap {
    private final NatsBucket bucket;
    private final String prefix;

    NatsMap(NatsBucket bucket, String name) {
        this.bucket = bucket;
        this.prefix = "map." + name;
    }

    @Override
    public Mono<Void> put(String key, byte[] value) {
        return Mono.defer(() -> {
            FleetMessages.requireKey(key);
            FleetMessages.requireSmall(value);
            return bucket.put(prefix + "." + key, value, -1).then();
        });
    }

    @Override
    public Mono<Void> remove(String key) {
        return Mono.defer(() -> {
            FleetMessages.requireKey(key);
            return bucket.remove(prefix + "." + key).then();
        });
    }

    @Override
    public Flux<Change> changes() {
        return Flux.defer(() -> {
            Set<String> present = new HashSet<>(); // marks of removals outlive what was removed
            return bucket.feed(prefix)
                    .filter(e -> isNews(present, e))
                    .map(e -> new Change(e.key().substring(prefix.length() + 1), e.value()));
        });
    }

    private static boolean isNews(Set<String> present, NatsBucket.Entry entry) {
        if (entry.value() == null) {
            return present.remove(entry.key());
        }
        present.add(entry.key());
        return true;
    }
}
