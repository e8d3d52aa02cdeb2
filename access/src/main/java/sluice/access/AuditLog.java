package sluice.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.AuditTrail;
import sluice.core.Identity;
import sluice.core.MetricFamily;

/**
 * The audit as a file of JSON, one event a line, written by a thread of its own; the file is opened for each batch, so
 * that it can be moved away at any time. Reads that were allowed are kept only when their verb is asked for; refusals and
 * changes to tokens always are. What does not fit into the queue is counted and lost: the audit keeps nobody waiting.
 */
final class AuditLog implements AuditTrail, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int QUEUE = 10_000;
    private static final int LONGEST_TEXT = 1_024;
    private static final long EVERY_MILLIS = 200;

    private final Path file;
    private final Set<String> verbs;
    private final ArrayBlockingQueue<Event> queue = new ArrayBlockingQueue<>(QUEUE);
    private final LongAdder dropped = new LongAdder();
    private final AuditFlood flood;
    private final Scheduler writer = Schedulers.newBoundedElastic(1, 16, "access-audit", 60, true);
    private boolean isFailing;

    AuditLog(Path file, Set<String> verbs) {
        this(file, verbs, new AuditFlood(System::nanoTime));
    }

    AuditLog(Path file, Set<String> verbs, AuditFlood flood) {
        this.flood = flood;
        this.file = file;
        this.verbs = Set.copyOf(verbs);
    }

    /** Begins to write. */
    AuditLog start() {
        var unused = writer.schedulePeriodically(this::write, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        return this;
    }

    @Override
    public void record(Event event) {
        boolean isWanted = event.outcome() != Outcome.ALLOW
                || event.action().startsWith("Token:")
                || verbs.contains(event.method());
        boolean isOfStranger =
                event.outcome() == Outcome.DENY && event.identity().subject().isEmpty();
        if (isWanted && !(isOfStranger && !flood.admits(event.peer())) && !queue.offer(event)) {
            dropped.increment();
        }
    }

    MetricFamily family() {
        return new MetricFamily(
                "sluice_audit_dropped_total",
                MetricFamily.Type.COUNTER,
                "Events that were not written, because the queue was full or the file could not be written.",
                List.of(new MetricFamily.Sample("", Map.of(), (double) dropped.sum())));
    }

    /** Writes what is left, then ends. */
    @Override
    public void close() {
        writer.dispose();
        write();
    }

    /** Writes down what has come since the last time. */
    synchronized void write() {
        List<Event> events = new ArrayList<>();
        queue.drainTo(events);
        List<AuditFlood.Rest> rests = flood.rests();
        if (events.isEmpty() && rests.isEmpty()) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        try {
            for (Event event : events) {
                lines.append(JSON.writeValueAsString(fields(event))).append('\n');
            }
            for (AuditFlood.Rest rest : rests) {
                lines.append(JSON.writeValueAsString(fields(rest))).append('\n');
            }
            if (!Files.exists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.write(file, lines.toString().getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
            isFailing = false;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers can be written as JSON", e);
        } catch (IOException e) {
            dropped.add(events.size());
            if (!isFailing) {
                log.error("cannot write the audit to {} ({})", file, e.toString());
            }
            isFailing = true;
        }
    }

    private static Map<String, Object> fields(Event event) {
        Identity who = event.identity();
        Map<String, Object> actor = new LinkedHashMap<>();
        if (!who.subject().isEmpty()) {
            actor.put("sub", cut(who.subject()));
            actor.put("issuer", cut(who.issuer()));
            actor.put("fed_issuer", cut(who.originalIssuer()));
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", event.time().toString());
        fields.put("kind", "api_access");
        fields.put("actor", actor);
        fields.put("mechanism", who.mechanism());
        fields.put("method", event.method());
        fields.put("path", cut(event.path()));
        fields.put("actions", List.of(event.action()));
        fields.put("resource", cut(event.resource()));
        fields.put("decision", event.outcome().name().toLowerCase(Locale.ROOT));
        fields.put("reason", cut(event.reason()));
        fields.put("response_code", event.status());
        fields.put("jti", cut(who.tokenId()));
        fields.put("client_ip", address(event.peer()));
        fields.put("call_id", event.callId());
        fields.put("duration_ms", event.duration().toMillis());
        return fields;
    }

    private static Map<String, Object> fields(AuditFlood.Rest rest) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", Instant.now().toString());
        fields.put("kind", "auth_failed");
        fields.put("decision", "deny");
        fields.put("reason", "further refusals of the last minute");
        fields.put("count", rest.count());
        fields.put("client_ip", rest.peer() == null ? "" : address(rest.peer()));
        return fields;
    }

    private static String address(InetSocketAddress peer) {
        InetAddress address = peer.getAddress();
        return address == null ? "" : address.getHostAddress();
    }

    private static String cut(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT);
    }
}
