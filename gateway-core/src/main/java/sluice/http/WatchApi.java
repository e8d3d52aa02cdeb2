package sluice.http;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import sluice.core.FailureException;
import sluice.core.FunctionEvent;
import sluice.core.Functions;

/**
 * {@code /system/functions?watch=true}: changes of functions as a Kubernetes watch tells them, one JSON event a line,
 * each object with the {@code resourceVersion} to resume from (Kubernetes API concepts, "Efficient detection of
 * changes").
 */
final class WatchApi {
    private static final Duration BETWEEN_BOOKMARKS = Duration.ofSeconds(60);
    private static final Duration FUTURE_PATIENCE = Duration.ofSeconds(3);
    private static final List<String> SELECTORS = List.of("labelSelector", "fieldSelector");

    private final Functions functions;

    WatchApi(Functions functions) {
        this.functions = functions;
    }

    static boolean isAsked(Query query) {
        return switch (query.text("watch").toLowerCase(Locale.ROOT)) {
            case "1", "t", "true" -> true;
            case "" -> query.has("watch");
            default -> false;
        };
    }

    Mono<Answer> watch(ApiCall call) {
        for (String selector : SELECTORS) {
            if (!call.query().text(selector).isEmpty()) {
                throw Query.invalid(selector, call.query().text(selector), "is not supported here");
            }
        }
        Long from = call.query().number("resourceVersion");
        long since = from == null || from == 0 ? -1 : from;
        Duration life = life(call.query());
        boolean withBookmarks = call.query().flag("allowWatchBookmarks");
        Mono<Answer> answer = Mono.fromSupplier(
                () -> Answer.stream("application/json", events(call.namespace(), since, life, withBookmarks)));
        return since <= functions.version()
                ? answer
                : awaitVersion(since)
                        .then(answer)
                        .onErrorReturn(
                                TimeoutException.class,
                                Answer.json(504, Status.of("Timeout", 504, "too large resource version")));
    }

    /** One line. */
    @JsonPropertyOrder({"type", "object"})
    record Event(String type, Object object) {
        static Event of(FunctionEvent event) {
            return new Event(event.type().name(), StatusBody.at(event.status(), event.version()));
        }

        static Event bookmark(long version) {
            return new Event("BOOKMARK", Map.of("resourceVersion", Long.toString(version)));
        }

        /** The reader has to list again. */
        static Event expired(String message) {
            return new Event("ERROR", Status.of("Expired", 410, message));
        }
    }

    /** A failure as the Kubernetes API words it. */
    record Status(
            String kind,
            String apiVersion,
            Map<String, String> metadata,
            String status,
            String message,
            String reason,
            int code) {
        static Status of(String reason, int code, String message) {
            return new Status("Status", "v1", Map.of(), "Failure", message, reason, code);
        }
    }

    private Flux<byte[]> events(String namespace, long since, Duration life, boolean withBookmarks) {
        return Flux.defer(() -> {
            AtomicLong last = new AtomicLong();
            Flux<Object> changes = functions.watch(since).cast(Object.class);
            Flux<Object> ticks =
                    withBookmarks ? Flux.interval(BETWEEN_BOOKMARKS).cast(Object.class) : Flux.never();
            return Flux.merge(changes, ticks)
                    .<Event>handle((signal, sink) -> tell(signal, namespace, last, sink))
                    .take(life)
                    .concatWith(Mono.fromSupplier(() -> last.get())
                            .filter(version -> withBookmarks && version > 0)
                            .map(Event::bookmark))
                    .onErrorResume(FailureException.class, e -> Mono.just(Event.expired(e.text())))
                    .map(NdJson::line);
        });
    }

    /**
     * Versions only grow along the stream, so all changes up to the last one that passed here have been told, whatever
     * still waits behind it: that one is safe to resume from.
     */
    private static void tell(Object signal, String namespace, AtomicLong last, SynchronousSink<Event> sink) {
        if (signal instanceof FunctionEvent event) {
            last.set(event.version());
            if (event.status().name().namespace().equals(namespace)) {
                sink.next(Event.of(event));
            }
        } else if (last.get() > 0) {
            sink.next(Event.bookmark(last.get()));
        }
    }

    private Mono<Long> awaitVersion(long version) {
        return Flux.interval(Duration.ofMillis(50))
                .filter(tick -> functions.version() >= version)
                .next()
                .timeout(FUTURE_PATIENCE);
    }

    /** As long as the client asks for; otherwise half an hour to an hour, so that not all come back at once. */
    private static Duration life(Query query) {
        Long asked = query.number("timeoutSeconds");
        long seconds = asked == null || asked <= 0
                ? ThreadLocalRandom.current().nextLong(1_800, 3_600)
                : Math.min(asked, 86_400);
        return Duration.ofSeconds(seconds);
    }
}
