package sluice.access.revocation;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.access.revocation.RevocationConfig.WhenStale;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Revocations.Asked;
import sluice.core.Revocations.Entry;
import sluice.core.Revocations.Kind;
import sluice.core.fleet.FleetMap;

/**
 * Everything that is denied, in memory, and the way into the map that all gateways share. What is written counts here at
 * once, and everywhere when the map has told it. Thread-safe; reads never wait and allocate nothing.
 *
 * <p>The {@link #epoch} grows with everything that is added, so that whoever remembers a token looks it up again only when
 * there is something new.
 */
public final class DenyList {
    /** First part of the keys under which denials are kept. */
    public static final String KEY = "deny";

    private static final Logger log = LoggerFactory.getLogger(DenyList.class);
    private static final int RESERVE = 10_000; // for subjects, when tokens have taken all the room
    private static final Comparator<Entry> NEWEST_FIRST =
            Comparator.comparing(Entry::created).thenComparing(Entry::id).reversed();

    private final FleetMap map;
    private final RevocationConfig config;
    private final Pulse pulse;
    private final Map<String, Denial> denials = new ConcurrentHashMap<>();
    private volatile int epoch;
    private volatile boolean hasCertificates;

    /** @param pulse of {@code map}, from which somebody else reads */
    public DenyList(FleetMap map, RevocationConfig config, Pulse pulse) {
        this.map = map;
        this.config = config;
        this.pulse = pulse;
    }

    /** Grows with every revocation. Read before a token is looked up, it tells later whether that is still good. */
    public int epoch() {
        return epoch;
    }

    /** Whether a token does not count any more. */
    public boolean denies(TokenMarks marks) {
        return !denials.isEmpty()
                && (denials.containsKey(marks.token())
                        || denials.containsKey(marks.parent())
                        || denials.containsKey(marks.source())
                        || marks.issued() <= until(marks));
    }

    /** Last second of which tokens of this holder do not count, or the least number. */
    public long until(TokenMarks marks) {
        return Math.max(until(marks.subject()), until(marks.original()));
    }

    /** As {@link #until(TokenMarks)}, of somebody as one issuer knows him. */
    public long until(String issuer, String subject) {
        return until(Fingerprint.of(Kind.SUBJECT, issuer, subject));
    }

    private long until(String subject) {
        Denial denial = denials.get(subject);
        return denial == null ? Long.MIN_VALUE : denial.until();
    }

    /** Whether a client certificate does not count any more. */
    public boolean denies(X509Certificate certificate) {
        return hasCertificates
                && denials.containsKey(Fingerprint.of(Kind.CERTIFICATE, "", Fingerprint.of(certificate)));
    }

    /** Whether enough is known to let somebody in on the control plane. */
    public boolean mayJudgeControl() {
        return mayJudge(config.control());
    }

    /** Whether enough is known to let a call in. */
    public boolean mayJudgeCalls() {
        return mayJudge(config.calls());
    }

    private boolean mayJudge(WhenStale rule) {
        return pulse.isReady()
                && (rule == WhenStale.ALLOW
                        || pulse.silentNanos() <= config.maxStaleness().toNanos());
    }

    /** Nanoseconds since other gateways were heard for sure; 0 when there are none. */
    public long silentNanos() {
        return pulse.silentNanos();
    }

    /** All that is kept, newest first. */
    public List<Entry> entries() {
        return denials.values().stream().map(Denial::told).sorted(NEWEST_FIRST).toList();
    }

    /** How many of a kind are kept. */
    public long count(Kind kind) {
        return denials.values().stream().filter(each -> each.kind() == kind).count();
    }

    /** What is kept under an id, or null. */
    public @Nullable Entry find(String id) {
        Denial denial = denials.get(id);
        return denial == null ? null : denial.told();
    }

    /**
     * Keeps a denial; completes when that is durable. What is there already stays as it is, but that a subject's time only
     * grows. Fails with {@link Failure#UNAVAILABLE}.
     *
     * @param ends when the last token that it is about ends
     */
    public Mono<Entry> add(Asked asked, Instant now, Instant ends, String by) {
        return Mono.defer(() -> {
                    Instant until = asked.until();
                    Denial denial = new Denial(
                            asked.kind(),
                            asked.issuer(),
                            asked.value(),
                            asked.kind() == Kind.SUBJECT ? (until == null ? now : until).getEpochSecond() : 0,
                            asked.reason(),
                            by,
                            Instant.ofEpochSecond(now.getEpochSecond()),
                            Instant.ofEpochSecond(ends.plus(config.keep()).getEpochSecond()));
                    Denial known = denials.get(denial.id());
                    if (known != null && known.until() >= denial.until()) {
                        return Mono.just(known);
                    }
                    requireRoom(asked.kind());
                    return map.put(key(denial), denial.stored())
                            .doOnSuccess(done -> put(denial))
                            .thenReturn(denial);
                })
                .map(Denial::told)
                .onErrorMap(DenyList::asFailure);
    }

    private void requireRoom(Kind kind) {
        int most = config.maxRecords() + (kind == Kind.SUBJECT ? RESERVE : 0);
        if (denials.size() >= most) {
            throw unavailable("there are " + most + " already (SLUICE_AUTH_REVOCATION_MAX_RECORDS)");
        }
    }

    /** Forgets a denial; completes when that is durable. */
    public Mono<Void> drop(String id) {
        return Mono.defer(() -> {
                    Denial known = denials.get(id);
                    return known == null
                            ? Mono.<Void>empty()
                            : map.remove(key(known)).doOnSuccess(done -> forget(id));
                })
                .onErrorMap(DenyList::asFailure);
    }

    /** Forgets what is about nothing any more. */
    public Mono<Void> sweep(Instant now) {
        return Flux.fromIterable(denials.values())
                .filter(each -> each.expires().isBefore(now))
                .concatMap(each -> drop(each.id()))
                .then();
    }

    /** Takes one change of the map in: {@code value} under an id, or null when it is gone. */
    public void take(String id, byte @Nullable [] value) {
        try {
            if (value == null) {
                forget(id);
            } else {
                put(Denial.read(value));
            }
        } catch (IOException e) { // of a newer version, or damaged: the others still count
            log.warn("revocation {} cannot be read: {}", id, e.getMessage());
        }
    }

    /** News come in any order: the time of a subject only grows. */
    private synchronized void put(Denial denial) {
        Denial known = denials.get(denial.id());
        if (known == null || denial.until() > known.until()) {
            denials.put(denial.id(), denial);
            hasCertificates |= denial.kind() == Kind.CERTIFICATE;
            epoch++;
        }
    }

    private synchronized void forget(String id) {
        denials.remove(id);
    }

    private static String key(Denial denial) {
        return KEY + "." + denial.kind().word() + "." + denial.id();
    }

    private static Throwable asFailure(Throwable error) {
        if (error instanceof FailureException) {
            return error;
        }
        log.warn("revocations cannot be written: {}", error.toString());
        return unavailable("they cannot be written now");
    }

    private static FailureException unavailable(String what) {
        return Failure.UNAVAILABLE.in(Component.ACCESS, "revocations unavailable: " + what);
    }
}
