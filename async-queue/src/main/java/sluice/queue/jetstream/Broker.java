package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * Publishes, gets and asks, each within 2 s; whatever goes wrong is {@link Failure#JOURNAL_UNAVAILABLE}. The client
 * library blocks in places, so all of it is called on {@code scheduler}. Thread-safe.
 */
final class Broker {
    private static final Logger log = LoggerFactory.getLogger(Broker.class);
    private static final String EXPECTED = "Nats-Expected-Last-Subject-Sequence";
    private static final String MESSAGE_ID = "Nats-Msg-Id";
    private static final int WRONG_SEQUENCE = 10_071; // JetStream API error codes
    private static final Duration PATIENCE = Duration.ofMillis(1_800);
    private static final Duration HALF = Duration.ofMillis(850);

    private final Scheduler scheduler;
    private final boolean isReplicated;
    private final Flux<Connection> ready;
    private volatile @Nullable Session session;

    /** What publishes on a connection; to make one for each message costs more than to publish it. */
    private record Session(Connection connection, JetStream publishing) {}

    Broker(Flux<Connection> sessions, Scheduler scheduler, StreamLimits limits) {
        this.scheduler = scheduler;
        this.isReplicated = limits.replicas() > 1;
        ready = sessions.switchMap(connection -> Mono.fromCallable(() -> Streams.prepared(connection, limits))
                        .subscribeOn(scheduler)
                        .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(500))
                                .filter(e -> connection.getStatus() == Connection.Status.CONNECTED)
                                .doBeforeRetry(r -> log.warn("no streams in NATS: {}", text(r.failure()))))
                        .onErrorComplete())
                .replay(1)
                .autoConnect();
    }

    /** The connection whenever it has come up and its streams are there. */
    Flux<Connection> ready() {
        return ready;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /** Ends a subscription, later and elsewhere: the library may have to wait for its locks. */
    void close(Connection connection, Dispatcher dispatcher) {
        try {
            scheduler.schedule(() -> {
                if (connection.getStatus() != Connection.Status.CLOSED) {
                    connection.closeDispatcher(dispatcher);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("a subscription ends with the connection");
        }
    }

    /**
     * As {@link #publish(String, Headers, byte[], long, String)}, for what is the same each time and alone has that
     * subject: it needs no message id, since a second one takes the place of the first.
     */
    Mono<Long> publish(String subject, Headers headers, byte[] data) {
        return publish(subject, headers, data, -1, "");
    }

    /**
     * Publishes; completes with the sequence once the broker has acknowledged. Tried twice under the same message id
     * when the acknowledgement does not come. Fails with {@link Conflict} when another message is the newest.
     *
     * @param expected sequence of the newest message of that subject, 0 for none, below 0 for any
     * @param messageId empty for none, which goes with any sequence
     */
    Mono<Long> publish(String subject, Headers headers, byte[] data, long expected, String messageId) {
        return tryPublish(subject, headers, data, expected, messageId)
                .onErrorMap(Refused.class, e -> unavailable(text(e)));
    }

    /** As {@link #publish}, but fails with {@link Refused} when it is sure that nothing was kept. */
    Mono<Long> tryPublish(String subject, Headers headers, byte[] data, long expected, String messageId) {
        return Mono.defer(() -> {
            if (expected >= 0) {
                headers.put(EXPECTED, Long.toString(expected));
            }
            if (!messageId.isEmpty()) {
                headers.put(MESSAGE_ID, messageId);
            }
            Mono<Long> first = up().onErrorMap(IOException.class, e -> new Refused(text(e)))
                    .flatMap(connection -> acknowledged(connection, subject, headers, data));
            Mono<Long> again = up().flatMap(connection -> acknowledged(connection, subject, headers, data))
                    // whatever becomes of this one, the first may have been kept
                    .onErrorMap(e -> failure(e) instanceof Refused refused ? unavailable(text(refused)) : e);
            return first.onErrorResume(TimeoutException.class, e -> again)
                    .onErrorMap(Broker::failure)
                    .onErrorResume(
                            Conflict.class,
                            e -> messageId.isEmpty()
                                    ? Mono.error(e)
                                    : kept(subject, messageId).switchIfEmpty(Mono.error(e)));
        });
    }

    private Mono<Long> acknowledged(Connection connection, String subject, Headers headers, byte[] data) {
        return Heard.of(() -> sent(connection, subject, headers, data))
                .map(PublishAck::getSeqno) // errors came as failures: an error has a sequence of 0
                .timeout(HALF, Mono.error(() -> new TimeoutException("no acknowledgement")));
    }

    /**
     * The sequence of the newest message of that subject if it is this very one, published before. A server that has kept
     * it and could not tell us in time calls the second try a duplicate (2.9) or a conflict (2.15).
     */
    private Mono<Long> kept(String subject, String messageId) {
        return newest(Subjects.streamOf(subject), subject)
                .filter(message -> messageId.equals(messageId(message)))
                .map(Changes::sequence);
    }

    /** The id under which a message was published, or nothing. */
    static String messageId(Message message) {
        String id = message.getHeaders() == null ? null : message.getHeaders().getFirst(MESSAGE_ID);
        return id == null ? "" : id;
    }

    /** The newest message of a subject, or in a cluster an older one for a moment; empty when there is none. */
    Mono<Message> get(String stream, String subject) {
        Mono<Message> nearest = request("$JS.API.DIRECT.GET." + stream + "." + subject, new byte[0])
                .filter(message -> !message.isStatusMessage());
        return isReplicated ? nearest.switchIfEmpty(Mono.defer(() -> leading(stream, subject))) : nearest;
    }

    /** As {@link #get}, but never an older one: for what changes. */
    Mono<Message> newest(String stream, String subject) {
        return isReplicated ? leading(stream, subject) : get(stream, subject);
    }

    /** As {@link #get} from the server that leads the stream: any may answer a direct get, and be behind. */
    Mono<Message> leading(String stream, String subject) {
        return api("STREAM.MSG.GET." + stream, Map.of("last_by_subj", subject))
                .map(answer -> StoredMessage.of(answer.path("message")));
    }

    /** An answer of the broker's API. An error in it is a failure, but for 404, which is empty. */
    Mono<JsonNode> api(String call, Object question) {
        return request("$JS.API." + call, Kept.text(question).getBytes(UTF_8)).flatMap(answer -> {
            JsonNode json = Kept.read(new String(answer.getData(), UTF_8), JsonNode.class)
                    .orElseThrow(() -> unavailable("NATS gave no JSON"));
            JsonNode error = json.path("error");
            if (error.isMissingNode()) {
                return Mono.just(json);
            }
            return error.path("code").asInt() == 404
                    ? Mono.empty()
                    : Mono.error(unavailable(error.path("description").asText("NATS refused")));
        });
    }

    private Mono<Message> request(String subject, byte[] data) {
        return up().flatMap(connection -> Heard.of(() -> asked(connection, subject, data)))
                .timeout(PATIENCE, Mono.error(() -> new TimeoutException("no answer")))
                .onErrorMap(Broker::failure);
    }

    private Mono<Connection> up() {
        return Mono.defer(() -> {
                    Session known = session;
                    return known != null && known.connection().getStatus() == Connection.Status.CONNECTED
                            ? Mono.just(known.connection())
                            : ready.next().timeout(HALF, Mono.error(() -> new IOException("NATS cannot be reached")));
                })
                .publishOn(scheduler);
    }

    private CompletableFuture<PublishAck> sent(Connection connection, String subject, Headers headers, byte[] data) {
        try {
            Session known = session;
            if (known == null || known.connection() != connection) {
                known = new Session(connection, connection.jetStream());
                session = known;
            }
            return known.publishing().publishAsync(subject, headers, data);
        } catch (IOException | IllegalStateException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static CompletableFuture<Message> asked(Connection connection, String subject, byte[] data) {
        try {
            return connection.request(subject, data);
        } catch (IllegalStateException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Throwable failure(Throwable error) {
        Throwable e = error;
        while ((e instanceof CompletionException || e.getClass() == RuntimeException.class) && e.getCause() != null) {
            e = e.getCause();
        }
        if (e instanceof FailureException || e instanceof Conflict || e instanceof Refused) {
            return e;
        }
        if (e instanceof JetStreamApiException api) {
            return api.getApiErrorCode() == WRONG_SEQUENCE
                    ? new Conflict()
                    : new Refused("NATS refused: " + api.getErrorDescription());
        }
        return unavailable(e instanceof CancellationException ? "NATS has no JetStream at the moment" : text(e));
    }

    /** Nothing was kept: the broker has said so, or was never asked. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Refused(String reason) {
            super(reason, null, false, false);
        }
    }

    static FailureException unavailable(String reason) {
        return Failure.JOURNAL_UNAVAILABLE.in(Component.QUEUE, "the journal is down: " + reason);
    }

    static String text(Throwable e) {
        return String.valueOf(e.getMessage());
    }
}
