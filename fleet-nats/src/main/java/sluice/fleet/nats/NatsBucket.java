package sluice.fleet.nats;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValueManagement;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsKeyValueWatchSubscription;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/** The fleet's key-value bucket: compare-and-set writes, and a feed of what is there and what changes. */
final class NatsBucket {
    private static final Logger log = LoggerFactory.getLogger(NatsBucket.class);
    private static final String NAME = "SLUICE_FLEET";
    private static final String EXPECTED = "Nats-Expected-Last-Subject-Sequence";
    private static final int WRONG_SEQUENCE = 10_071; // JetStream API error code
    private static final Duration ACKNOWLEDGED = Duration.ofSeconds(2);

    private final NatsLink link;
    private final Scheduler scheduler;
    private final Flux<Connection> ready;

    NatsBucket(NatsLink link, Scheduler scheduler) {
        this.link = link;
        this.scheduler = scheduler;
        ready = link.sessions()
                .switchMap(connection -> Mono.fromCallable(() -> created(connection))
                        .subscribeOn(scheduler)
                        .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofSeconds(1))
                                .filter(e -> connection.getStatus() == Connection.Status.CONNECTED)
                                .doBeforeRetry(r -> log.warn("no bucket in NATS: {}", reason(r.failure()))))
                        .onErrorComplete())
                .replay(1)
                .autoConnect();
    }

    /**
     * One value.
     *
     * @param value null when the key is gone
     */
    @SuppressWarnings("ArrayRecordComponent") // is handed on, never compared
    record Entry(String key, byte @Nullable [] value, long revision) {}

    /** Somebody else wrote in between. */
    static final class Overtaken extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Overtaken(@Nullable Throwable cause) {
            super("another revision is there", cause, false, false);
        }
    }

    /**
     * Everything below {@code prefix}, then each change, in order and once, over all losses of the connection. Signals
     * on the library's threads.
     */
    Flux<Entry> feed(String prefix) {
        return Flux.defer(() -> {
            Map<String, Long> seen = new HashMap<>(); // used by one subscription at a time
            return ready.switchMap(connection -> Flux.<Entry>create(sink -> watch(connection, prefix, sink))
                            .subscribeOn(scheduler))
                    .filter(entry -> entry.revision() > seen.getOrDefault(entry.key(), 0L))
                    .doOnNext(entry -> seen.put(entry.key(), entry.revision()));
        });
    }

    /**
     * Sets a value; completes with its revision, or fails with {@link Overtaken}.
     *
     * @param expected revision of what is there, 0 for nothing, below 0 for whatever there is
     */
    Mono<Long> put(String key, byte[] value, long expected) {
        return publish(key, value, expected, new Headers());
    }

    /** Forgets a key. */
    Mono<Long> remove(String key) {
        return publish(key, new byte[0], -1, new Headers().add("KV-Operation", "DEL"));
    }

    private Mono<Long> publish(String key, byte[] value, long expected, Headers headers) {
        if (expected >= 0) {
            headers.put(EXPECTED, Long.toString(expected));
        }
        return ready.next()
                .switchIfEmpty(Mono.error(() -> new IOException("the connection to NATS is closed")))
                .publishOn(scheduler)
                .flatMap(connection -> heard(() -> sent(connection, key, value, headers)))
                .map(PublishAck::getSeqno)
                .timeout(ACKNOWLEDGED, Mono.error(() -> new TimeoutException("NATS did not answer")))
                .onErrorMap(NatsBucket::cause);
    }

    /** A future that fails when nobody waits for it any more is no error, and as a value is dropped in silence. */
    private static Mono<PublishAck> heard(Supplier<CompletableFuture<PublishAck>> question) {
        return Mono.fromFuture(() -> question.get().handle(Heard::new), true).map(Heard::told);
    }

    private record Heard(@Nullable PublishAck ack, @Nullable Throwable error) {
        PublishAck told() {
            if (ack == null) {
                throw new CompletionException(error);
            }
            return ack;
        }
    }

    private static CompletableFuture<PublishAck> sent(
            Connection connection, String key, byte[] value, Headers headers) {
        try {
            return connection.jetStream().publishAsync("$KV." + NAME + "." + key, headers, value);
        } catch (IOException | IllegalStateException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Throwable cause(Throwable error) {
        Throwable e = error;
        while ((e instanceof CompletionException || e.getClass() == RuntimeException.class) && e.getCause() != null) {
            e = e.getCause();
        }
        return e instanceof JetStreamApiException api && api.getApiErrorCode() == WRONG_SEQUENCE
                ? new Overtaken(api)
                : e;
    }

    private Connection created(Connection connection) throws IOException, JetStreamApiException {
        KeyValueManagement management = connection.keyValueManagement();
        if (!management.getBucketNames().contains(NAME)) {
            management.create(KeyValueConfiguration.builder()
                    .name(NAME)
                    .storageType(StorageType.File)
                    .maxHistoryPerKey(1)
                    .replicas(link.config().replicas())
                    .build());
        }
        return connection;
    }

    private void watch(Connection connection, String prefix, FluxSink<Entry> sink) {
        try {
            NatsKeyValueWatchSubscription subscription =
                    connection.keyValue(NAME).watch(prefix + ".>", new Watcher(sink));
            sink.onDispose(() -> Ending.later(scheduler, () -> end(connection, subscription)));
        } catch (IOException | JetStreamApiException | InterruptedException | IllegalStateException e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            sink.complete(); // the connection went; the next one watches again
        }
    }

    private static void end(Connection connection, NatsKeyValueWatchSubscription subscription) {
        if (connection.getStatus() != Connection.Status.CLOSED) {
            subscription.unsubscribe();
        }
    }

    private static String reason(Throwable e) {
        return String.valueOf(e.getMessage());
    }

    private record Watcher(FluxSink<Entry> sink) implements KeyValueWatcher {
        @Override
        public void watch(KeyValueEntry entry) {
            boolean isValue = entry.getOperation() == KeyValueOperation.PUT;
            byte[] value = entry.getValue() == null ? new byte[0] : entry.getValue();
            sink.next(new Entry(entry.getKey(), isValue ? value : null, entry.getRevision()));
        }

        @Override
        public void endOfData() {
            // what changes later comes the same way
        }
    }
}
