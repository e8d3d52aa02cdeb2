package sluice.queue.jetstream;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Reads a partition's messages, without bodies, into the view: first all there are, then each as it comes. */
final class Follower {
    private static final Logger log = LoggerFactory.getLogger(Follower.class);
    private static final int AT_ONCE = 8_192;
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final View view;
    private final Broker broker;
    private final Semaphore room = new Semaphore(AT_ONCE); // waits on the library's own thread

    Follower(View view, Broker broker) {
        this.view = view;
        this.broker = broker;
    }

    /** Follows on {@code connection} until disposed; {@code loaded} runs once the view has caught up. Blocks briefly. */
    Disposable follow(Connection connection, Tenure tenure, Runnable loaded) {
        Dispatcher dispatcher = connection.createDispatcher();
        Disposable subscribing = Mono.fromCallable(() -> subscribed(connection, dispatcher, tenure, loaded))
                .subscribeOn(broker.scheduler())
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, RETRY)
                        .filter(e -> connection.getStatus() == Connection.Status.CONNECTED)
                        .doBeforeRetry(r -> log.warn(
                                "partition {} is not followed yet: {}",
                                tenure.partition,
                                String.valueOf(r.failure().getMessage()))))
                .subscribe(
                        waiting -> {
                            if (waiting == 0) {
                                loaded.run();
                            }
                        },
                        e -> log.debug("partition {} is followed on the next connection", tenure.partition, e));
        return () -> {
            subscribing.dispose();
            broker.close(connection, dispatcher);
        };
    }

    /** How many messages are there to come. Blocks. */
    private long subscribed(Connection connection, Dispatcher dispatcher, Tenure tenure, Runnable loaded)
            throws IOException, JetStreamApiException {
        long after = tenure.lastSequence.get();
        ConsumerConfiguration.Builder consumer = ConsumerConfiguration.builder().headersOnly(true);
        if (after > 0) {
            consumer.deliverPolicy(DeliverPolicy.ByStartSequence).startSequence(after + 1);
        } else {
            consumer.deliverPolicy(DeliverPolicy.All);
        }
        JetStreamSubscription subscription = connection
                .jetStream()
                .subscribe(
                        Subjects.all(tenure.partition),
                        dispatcher,
                        message -> took(message, tenure, loaded),
                        false,
                        PushSubscribeOptions.builder().stream(Subjects.OPEN)
                                .ordered(true)
                                .configuration(consumer.build())
                                .build());
        return subscription.getConsumerInfo().getCalculatedPending();
    }

    private void took(Message message, Tenure tenure, Runnable loaded) throws InterruptedException {
        long sequence = message.metaData().streamSequence();
        boolean isLast = message.metaData().pendingCount() == 0;
        boolean isState = message.getSubject().startsWith("SLUICE.open.s.");
        Mono<Void> applied = Kept.of(message)
                .map(kept -> view.follow(kept, isState ? sequence : 0, !tenure.isLoaded))
                .orElseGet(Mono::empty);
        room.acquire();
        applied.doFinally(signal -> room.release())
                .subscribe(
                        unused -> {},
                        e -> log.warn("the view of partition {} is behind: {}", tenure.partition, e.getMessage()),
                        () -> {
                            tenure.saw(sequence);
                            if (isLast && !tenure.isLoaded) {
                                loaded.run();
                            }
                        });
    }
}
