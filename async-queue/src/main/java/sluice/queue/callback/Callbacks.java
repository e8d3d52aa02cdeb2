package sluice.queue.callback;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;
import sluice.core.Functions;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.FunctionCaller;
import sluice.queue.DueCallback;
import sluice.queue.Ledger;
import sluice.queue.Rid;

/**
 * Delivers callbacks as they get due: takes them from the ledger, a bounded number at a time and a bounded part of that
 * for one receiver, and records each outcome with the time of the next attempt. Thread-safe; never blocks.
 */
public final class Callbacks implements MetricSource {
    private static final Logger log = LoggerFactory.getLogger(Callbacks.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SOON = Duration.ofMillis(50);
    private static final int SEEN_AHEAD = 2;

    private final Ledger ledger;
    private final CallbackConfig config;
    private final CallbackRetries retries;
    private final CallbackSender sender;
    private final HttpReceiver http;
    private final Scheduler blocking;
    private final Scheduler timer = Schedulers.newSingle("queue-callbacks-timer", true);
    private final CallbackCounters counters = new CallbackCounters();
    private final Map<Rid, Disposable.Swap> running = new ConcurrentHashMap<>();
    private final Set<Rid> over = ConcurrentHashMap.newKeySet(); // since the current look began
    private final Map<String, Integer> byReceiver = new HashMap<>(); // guarded by itself
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger freed = new AtomicInteger();
    private final Set<Long> planned = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isStopped = new AtomicBoolean();

    private Callbacks(
            Ledger ledger, CallbackConfig config, CallbackSender sender, HttpReceiver http, Scheduler blocking) {
        this.ledger = ledger;
        this.config = config;
        this.retries = new CallbackRetries(config);
        this.sender = sender;
        this.http = http;
        this.blocking = blocking;
    }

    /**
     * Ready to deliver; nothing is sent before {@link #due} was told. Reads the file of secrets, so it blocks.
     *
     * @param functions for callbacks to {@code /function/} of this gateway
     * @param known tells which functions there are
     * @param journal has the answers, and takes callbacks to {@code /async-function/} of this gateway
     * @param release of this product, for {@code User-Agent}
     * @throws IllegalArgumentException when a secret cannot be read; the message names the setting
     */
    public static Callbacks open(
            CallbackConfig config,
            CallbackPolicy policy,
            Ledger ledger,
            CallJournal journal,
            FunctionCaller functions,
            Functions known,
            String defaultNamespace,
            String release) {
        Scheduler blocking = Schedulers.newBoundedElastic(4, 10_000, "queue-callbacks-blocking", 60, true);
        try {
            SystemLookup hosts = new SystemLookup(blocking);
            return open(config, policy, ledger, journal, functions, known, defaultNamespace, release, blocking, hosts);
        } catch (RuntimeException e) {
            blocking.dispose();
            throw e;
        }
    }

    static Callbacks open(
            CallbackConfig config,
            CallbackPolicy policy,
            Ledger ledger,
            CallJournal journal,
            FunctionCaller functions,
            Functions known,
            String defaultNamespace,
            String release,
            Scheduler blocking,
            HostLookup hosts) {
        SigningKeys keys = SigningKeys.open(config.keyFile(), blocking, System::nanoTime);
        HttpReceiver http = new HttpReceiver(config, hosts, policy);
        OwnReceiver own = new OwnReceiver(functions, known, journal, defaultNamespace, config.timeout());
        CallbackSender sender = new CallbackSender(
                config, policy, journal, new CallbackFields(release), keys, hosts, http, own, Clock.systemUTC());
        return new Callbacks(ledger, config, sender, http, blocking);
    }

    /** A callback is due from that time on, milliseconds since 1970 of the ledger's clock. Returns at once. */
    public void due(long atMillis) {
        long now = ledger.nowMillis();
        if (atMillis <= now) {
            look();
        } else {
            long second = Math.floorDiv(atMillis + 999, 1_000); // one look for all that get due within a second
            plan(second, second * 1_000 - now);
        }
    }

    private void plan(long name, long waitMillis) {
        if (!isStopped.get() && planned.add(name)) {
            timer.schedule(
                    () -> {
                        planned.remove(name);
                        look();
                    },
                    waitMillis,
                    TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Starts no delivery any more and lets running ones finish for at most {@code bound}. What is cut then is delivered
     * again after the next start. Never fails.
     */
    public Mono<Void> stop(Duration bound) {
        return Mono.defer(() -> {
            isStopped.set(true);
            return Flux.interval(Duration.ZERO, Duration.ofMillis(20))
                    .takeUntil(tick -> running.isEmpty())
                    .take(bound)
                    .then(Mono.fromRunnable(() -> running.values().forEach(Disposable::dispose)))
                    .then(http.stop())
                    .then(Mono.fromRunnable(this::end).subscribeOn(Schedulers.boundedElastic())) // waits for a lock
                    .then();
        });
    }

    private void end() {
        timer.dispose();
        blocking.dispose();
    }

    // ---- what is due -----------------------------------------------------------------------------------------------

    /** One look at a time; those asked for meanwhile become one more. */
    private void look() {
        if (looks.getAndIncrement() == 0) {
            lookOnce(1);
        }
    }

    private void lookOnce(int asked) {
        if (isStopped.get() || running.size() >= config.maxInFlight()) {
            looked(asked); // whichever delivery ends first looks again
            return;
        }
        freed.set(0);
        over.clear();
        ledger.dueCallbacks(running.size() + SEEN_AHEAD * config.maxInFlight())
                .defaultIfEmpty(List.of())
                .subscribe(
                        due -> {
                            due.forEach(this::begin);
                            looked(asked);
                        },
                        failure -> {
                            log.warn("Due callbacks cannot be read, trying again: {}", failure.getMessage());
                            plan(-1, PAUSE.toMillis());
                            looked(asked);
                        });
    }

    private void looked(int asked) {
        int more = looks.addAndGet(-asked);
        if (more > 0) {
            lookOnce(more);
        }
    }

    /** A look costs the ledger something, so several ends share one. */
    private void ended() {
        if (freed.incrementAndGet() >= Math.max(1, config.maxInFlight() / 8)) {
            look();
        } else {
            plan(0, SOON.toMillis());
        }
    }

    // ---- one delivery ----------------------------------------------------------------------------------------------

    private void begin(DueCallback callback) {
        Disposable.Swap handle = Disposables.swap();
        if (isStopped.get()
                || running.size() >= config.maxInFlight()
                || running.putIfAbsent(callback.rid(), handle) != null) {
            return;
        }
        if (over.contains(
                callback.rid())) { // what was read is older than that; if it is due again, the next look tells
            running.remove(callback.rid());
            return;
        }
        String receiver = String.valueOf(callback.url().getRawAuthority());
        if (!enter(receiver)) {
            running.remove(callback.rid());
            return;
        }
        handle.update(sender.send(callback)
                .flatMap(outcome -> record(callback, outcome))
                .doFinally(end -> {
                    leave(receiver);
                    over.add(callback.rid());
                    running.remove(callback.rid());
                    ended();
                })
                .subscribe(done -> {}, failure -> log.warn("{} cannot be recorded", callback, failure)));
    }

    /** At most a quarter of all deliveries, so that a slow receiver leaves room for the others. */
    private boolean enter(String receiver) {
        synchronized (byReceiver) {
            int now = byReceiver.getOrDefault(receiver, 0);
            if (now >= Math.max(1, config.maxInFlight() / 4)) {
                return false;
            }
            byReceiver.put(receiver, now + 1);
            return true;
        }
    }

    private void leave(String receiver) {
        synchronized (byReceiver) {
            byReceiver.computeIfPresent(receiver, (name, count) -> count > 1 ? count - 1 : null);
        }
    }

    private Mono<Void> record(DueCallback callback, CallbackOutcome outcome) {
        counters.count(outcome);
        log.debug("{}: {} {}", callback, outcome.kind(), outcome.problem());
        Instant now = Instant.ofEpochMilli(ledger.nowMillis());
        long next = retries.after(
                        outcome,
                        callback.number(),
                        now,
                        ThreadLocalRandom.current().nextDouble())
                .map(wait -> now.plus(wait).toEpochMilli())
                .orElse(-1L);
        return Mono.defer(() -> ledger.callbackTried(callback, outcome.status(), outcome.problem(), next))
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, PAUSE).filter(failure -> !isStopped.get()));
    }

    // ---- numbers ---------------------------------------------------------------------------------------------------

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> {
            List<MetricFamily> families = new ArrayList<>();
            families.add(counters.family());
            families.add(new MetricFamily(
                    "sluice_callbacks_in_flight",
                    MetricFamily.Type.GAUGE,
                    "Callbacks that are being delivered",
                    List.of(new MetricFamily.Sample("", Map.of(), running.size()))));
            return families;
        });
    }
}
