package sluice.fleet.nats;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.core.fleet.FleetMessages;

/** What is said to all and asked of all: plain subjects, at most once, nothing kept. */
final class NatsTalk {
    private static final String SAID = "SLUICE.say.";
    private static final String ASKED = "SLUICE.ask.";
    private static final int BACKLOG = 256;
    private static final int ANSWERS_AT_ONCE = 16;

    private final NatsLink link;
    private final Scheduler scheduler;

    NatsTalk(NatsLink link, Scheduler scheduler) {
        this.link = link;
        this.scheduler = scheduler;
    }

    Mono<Void> broadcast(String topic, byte[] message) {
        return up().doOnNext(connection -> connection.publish(SAID + topic, message))
                .then();
    }

    Flux<byte[]> broadcasts(String topic) {
        return messages(SAID + topic)
                .map(Message::getData)
                .onBackpressureBuffer(BACKLOG, m -> {}, FleetMessages.OLDEST_FIRST);
    }

    Flux<byte[]> ask(String topic, byte[] question, Duration patience) {
        return up().flatMapMany(connection -> Flux.<Message>create(sink -> ask(connection, topic, question, sink))
                        .subscribeOn(scheduler))
                .filter(message -> !message.isStatusMessage()) // nobody listens
                .map(Message::getData)
                .take(patience);
    }

    Disposable answer(String topic, Function<byte[], Mono<byte[]>> answerer) {
        return messages(ASKED + topic)
                .filter(question -> question.getReplyTo() != null)
                .onBackpressureBuffer(BACKLOG, m -> {}, FleetMessages.OLDEST_FIRST)
                .flatMap(
                        question -> FleetMessages.answer(answerer, question.getData())
                                .publishOn(scheduler)
                                .flatMap(answer -> reply(question, answer)),
                        ANSWERS_AT_ONCE)
                .subscribe();
    }

    private Mono<Void> reply(Message question, byte[] answer) {
        String replyTo = question.getReplyTo();
        return replyTo == null
                ? Mono.empty()
                : up().doOnNext(connection -> connection.publish(replyTo, answer))
                        .then()
                        .onErrorComplete();
    }

    private Mono<Connection> up() {
        return Mono.defer(() -> link.isUp()
                ? link.sessions().next().publishOn(scheduler)
                : Mono.error(new IOException("NATS cannot be reached")));
    }

    /** Subscriptions outlive a reconnect; a new connection needs new ones. */
    private Flux<Message> messages(String subject) {
        return link.sessions()
                .distinctUntilChanged(System::identityHashCode)
                .switchMap(connection -> Flux.<Message>create(sink -> subscribe(connection, subject, sink))
                        .subscribeOn(scheduler));
    }

    private void subscribe(Connection connection, String subject, FluxSink<Message> sink) {
        Dispatcher dispatcher = connection.createDispatcher(sink::next);
        dispatcher.subscribe(subject);
        sink.onDispose(() -> Ending.later(scheduler, () -> close(connection, dispatcher)));
    }

    private void ask(Connection connection, String topic, byte[] question, FluxSink<Message> sink) {
        String inbox = connection.createInbox();
        subscribe(connection, inbox, sink);
        connection.publish(ASKED + topic, inbox, question);
    }

    private static void close(Connection connection, Dispatcher dispatcher) {
        if (connection.getStatus() != Connection.Status.CLOSED) {
            connection.closeDispatcher(dispatcher);
        }
    }
}
