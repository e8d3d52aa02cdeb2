package sluice.access.privacy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;
import sluice.access.revocation.DenyList;
import sluice.access.revocation.Pulse;
import sluice.access.revocation.RevocationConfig;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionEnvironment;
import sluice.core.FunctionEvent;
import sluice.core.FunctionName;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.PrivateTokens;
import sluice.core.fleet.Fleet;
import sluice.core.fleet.FleetMap;

/**
 * Private functions, all parts but the gate: what is known, who gives out tokens, what functions are told, and what happens
 * by itself: expired tokens are forgotten, tokens of removed functions stop to count, last uses are written down. What is
 * denied of other tokens lies in the same place, so it is read and swept here too.
 */
public final class PrivateAccess implements FunctionEnvironment, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PrivateAccess.class);
    private static final Duration SWEEP = Duration.ofMinutes(10);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final int PATIENCE_SECONDS = 10;
    private static final int WAITS = 50;
    private static final Duration WAIT = Duration.ofMillis(100);
    private static final int MOST_USES = 1_000;
    private static final int QUEUED_KEYS = 1_024;

    private final PrivacyConfig config;
    private final Duration keep;
    private final TokenBook book;
    private final DenyList denials;
    private final IssuingDesk desk;
    private final Scheduler scheduler;
    private final @Nullable AccessStore store;
    private final Clock clock;
    private final Disposable.Composite running = Disposables.composite();
    private volatile boolean hasGivenUp;

    private PrivateAccess(
            PrivacyConfig config,
            Duration keep,
            TokenBook book,
            DenyList denials,
            Scheduler scheduler,
            @Nullable AccessStore store,
            Clock clock) {
        this.config = config;
        this.keep = keep;
        this.book = book;
        this.denials = denials;
        this.scheduler = scheduler;
        this.store = store;
        this.clock = clock;
        this.desk = new IssuingDesk(book, config, scheduler, clock);
    }

    /**
     * Reads what is known, from the file of this machine, or from {@code fleet} when there are several gateways. Blocks on
     * the disk, but not for the others.
     *
     * @param issuer under which tokens are given out, the same on all gateways
     * @throws IOException one line with the remedy
     */
    public static PrivateAccess open(
            PrivacyConfig config, RevocationConfig revocations, String issuer, @Nullable Fleet fleet, Clock clock)
            throws IOException {
        KeySeal seal = config.masterKey().isEmpty() ? null : KeySeal.read(Path.of(config.masterKey()));
        AccessStore store = fleet == null ? AccessStore.open(config.store()) : null;
        FleetMap map = store == null ? java.util.Objects.requireNonNull(fleet).map("access") : store;
        Pulse pulse = new Pulse(System::nanoTime);
        DenyList denials = new DenyList(map, revocations, pulse);
        TokenBook book = new TokenBook(map, issuer, seal, pulse, denials)
                .open(fleet == null ? "" : fleet.self().id());
        Scheduler scheduler = Schedulers.newBoundedElastic(1, QUEUED_KEYS, "access-keys", 60, true);
        PrivateAccess access = new PrivateAccess(config, revocations.keep(), book, denials, scheduler, store, clock);
        access.running.add(access.every(config.lastUseEvery(), access::tellUses));
        access.running.add(access.every(SWEEP, access::sweep));
        return access;
    }

    private Disposable every(Duration period, java.util.function.Supplier<Mono<Void>> work) {
        return Flux.interval(period, scheduler)
                .onBackpressureDrop()
                .concatMap(
                        tick -> work.get()
                                .doOnError(e -> log.warn("tokens cannot be kept up: {}", e.toString()))
                                .onErrorComplete(),
                        1)
                .subscribe();
    }

    /** What is known. */
    public TokenBook book() {
        return book;
    }

    /** What does not count any more, of other tokens than those in the book. */
    public DenyList denials() {
        return denials;
    }

    /** Who gives out tokens. */
    public PrivateTokens tokens() {
        return desk;
    }

    /** Makes the tokens of functions worthless that are removed from now on. */
    public void follow(Functions functions) {
        running.add(Flux.defer(() -> functions.watch(functions.version()))
                .filter(event -> event.type() == FunctionEvent.Type.DELETED)
                .map(event -> event.status().name())
                .filter(this::hasTokens)
                .concatMap(name -> desk.revokeAll(new PrivateTokens.Scope(name.namespace(), name.name()))
                        .doOnError(e -> log.warn("tokens of the removed {} still count: {}", name, e.toString()))
                        .retryWhen(Retry.fixedDelay(60, AGAIN))
                        .onErrorComplete())
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, AGAIN))
                .subscribe());
    }

    private boolean hasTokens(FunctionName name) {
        NamespaceTokens known = book.find(name.namespace());
        return known != null
                && known.tokens().stream().anyMatch(token -> token.function().equals(name.name()));
    }

    /** As Scaleway's runtimes read it; a public function is told only that it is one. */
    @Override
    public Map<String, String> of(FunctionDeployment deployment) {
        if (!Guard.of(deployment).isPrivate()) {
            return Map.of("SCW_PUBLIC", "true");
        }
        FunctionName name = deployment.name();
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("SCW_PUBLIC", "false");
        variables.put("SCW_NAMESPACE_ID", name.namespace());
        variables.put("SCW_APPLICATION_ID", name.qualified());
        try {
            NamespaceKey key =
                    patiently(desk.signingKey(name.namespace())).toFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            variables.put("SCW_PUBLIC_KEY", key.pem());
        } catch (ExecutionException | TimeoutException e) {
            hasGivenUp = true;
            log.warn("{} is not told the key of its namespace: {}", name, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return variables;
    }

    /** While the other gateways cannot be heard yet it is worth to wait, for the first function that needs it. */
    private Mono<NamespaceKey> patiently(Mono<NamespaceKey> key) {
        return book.isReady() || hasGivenUp ? key : key.retryWhen(Retry.fixedDelay(WAITS, WAIT));
    }

    Mono<Void> tellUses() {
        long now = System.nanoTime();
        Instant at = clock.instant();
        return Flux.fromIterable(book.all())
                .concatMap(each -> Flux.fromIterable(each.uses().entrySet())
                        .filter(use -> each.token(use.getKey()) != null
                                && use.getValue().isNews())
                        .take(MOST_USES)
                        .concatMap(use -> book.putUse(
                                each.namespace(),
                                use.getKey(),
                                at.minusNanos(use.getValue().agoNanos(now)))))
                .then();
    }

    /** Forgets what cannot count any more: expired tokens, keys and marks older than any token. */
    Mono<Void> sweep() {
        Instant now = clock.instant();
        Instant before = now.minus(Duration.ofMinutes(10));
        Instant oldest = now.minus(IssuingDesk.overlap(config));
        return Flux.fromIterable(book.all())
                .concatMap(each -> Flux.concat(
                        Flux.fromIterable(each.tokens())
                                .filter(token ->
                                        token.expires().isBefore(token.isRevoked() ? before.minus(keep) : before))
                                .concatMap(token -> book.dropToken(each.namespace(), token.id())),
                        Flux.fromIterable(each.keysNewestFirst())
                                .buffer(2, 1)
                                .filter(pair -> pair.size() == 2
                                        && pair.get(0).created().isBefore(oldest))
                                .concatMap(pair -> book.dropKey(
                                        each.namespace(), pair.get(1).id())),
                        Flux.fromIterable(Map.copyOf(each.marks()).entrySet())
                                .filter(mark -> mark.getValue() < oldest.getEpochSecond())
                                .concatMap(mark -> book.dropMark(each.namespace(), mark.getKey())),
                        Mono.<Void>fromRunnable(() -> each.uses().keySet().removeIf(id -> each.token(id) == null))))
                .thenMany(denials.sweep(now))
                .then();
    }

    @Override
    public void close() {
        running.dispose();
        book.dispose();
        scheduler.dispose();
        if (store != null) {
            store.close();
        }
    }
}
