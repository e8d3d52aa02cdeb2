package sluice.queue.jetstream;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.queue.Rid;

/**
 * Clears streams of bodies of past days: bodies that no record names, left behind by a crash, and then the streams that
 * are empty. Looks once an hour, on the worker that has the first partition; leaves the last two days alone, in which a
 * body may still be on its way.
 */
final class OldBodies {
    private static final Logger log = LoggerFactory.getLogger(OldBodies.class);
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration RECENT = Duration.ofDays(2);
    private static final int AT_ONCE = 16;

    private final JournalState journal;
    private final Partitions partitions;
    private long nextNanos = System.nanoTime();

    OldBodies(JournalState journal, Partitions partitions) {
        this.journal = journal;
        this.partitions = partitions;
    }

    /** Looks if it is time to. One at a time. */
    Mono<Void> clear() {
        return Mono.defer(() -> {
            if (!partitions.isServing(0) || System.nanoTime() - nextNanos < 0) {
                return Mono.<Void>empty();
            }
            nextNanos = System.nanoTime() + EVERY.toNanos();
            String recent =
                    Bodies.day(Instant.ofEpochMilli(journal.clock.millis()).minus(RECENT));
            return days().filter(day -> day.compareTo(recent) < 0)
                    .concatMap(this::clear)
                    .then();
        });
    }

    private Flux<String> days() {
        return journal.broker
                .api("STREAM.NAMES", Map.of("subject", "SLUICE.b.>"))
                .flatMapIterable(names -> {
                    List<String> days = new ArrayList<>();
                    names.path("streams").forEach(name -> {
                        if (name.asText().startsWith(Subjects.BODY)) {
                            days.add(name.asText().substring(Subjects.BODY.length()));
                        }
                    });
                    return days;
                });
    }

    private Mono<JsonNode> clear(String day) {
        return info(day, Map.of("subjects_filter", Subjects.part(day, "*", 0)))
                .flatMapIterable(OldBodies::names)
                .flatMap(
                        name -> isOrphan(name).filter(isOrphan -> isOrphan).flatMap(orphan -> purge(day, name)),
                        AT_ONCE)
                .then(Mono.defer(() -> info(day, Map.of())))
                .filter(info -> info.path("state").path("messages").asLong(1) == 0)
                .flatMap(empty -> journal.broker.api("STREAM.DELETE." + Subjects.BODY + day, Map.of()))
                .doOnNext(deleted -> log.info("the stream of bodies of {} was empty and is removed", day));
    }

    private Mono<JsonNode> info(String day, Map<String, String> question) {
        return journal.broker.api("STREAM.INFO." + Subjects.BODY + day, question);
    }

    private static List<String> names(JsonNode info) {
        List<String> names = new ArrayList<>();
        for (Iterator<String> all = info.path("state").path("subjects").fieldNames(); all.hasNext(); ) {
            String subject = all.next();
            names.add(subject.split("\\.", -1)[3]);
        }
        return names;
    }

    /** {@code name} is that of a request, {@code RID-q}, or of an attempt's answer, {@code RID-FENCE}. */
    private Mono<Boolean> isOrphan(String name) {
        int dash = name.lastIndexOf('-');
        Rid rid = Rid.parse(name.substring(0, Math.max(0, dash))).orElse(null);
        if (rid == null) {
            return Mono.just(false);
        }
        String kind = name.substring(dash + 1);
        Mono<Boolean> isNamed = kind.equals("q")
                ? journal.broker.get(Subjects.OPEN, Subjects.request(rid)).hasElement()
                : journal.broker
                        .get(Subjects.RESULT, Subjects.answer(rid, Long.parseLong(kind)))
                        .hasElement();
        Mono<Boolean> isOpen = partitions
                .changes()
                .current(rid)
                .map(found -> !found.kept().row().state().isEnded())
                .defaultIfEmpty(false);
        return isNamed.flatMap(named -> named ? Mono.just(false) : isOpen.map(open -> !open));
    }

    private Mono<JsonNode> purge(String day, String name) {
        return journal.broker.api("STREAM.PURGE." + Subjects.BODY + day, Map.of("filter", Subjects.parts(day, name)));
    }
}
