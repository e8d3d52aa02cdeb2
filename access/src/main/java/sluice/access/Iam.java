package sluice.access;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.access.policy.AccessFiles;
import sluice.access.revocation.DenyList;
import sluice.access.token.SystemIssuer;
import sluice.core.AccessObjects;
import sluice.core.AuditTrail;

/**
 * The parts that exist only where issuers, policies and roles count.
 *
 * @param following keeps up with changed objects, until disposed
 */
record Iam(
        TrustedParties parties,
        BearerAccess bearers,
        TokenExchange exchange,
        SystemIssuer issuer,
        OwnToken ownToken,
        Disposable following) {
    private static final int EXCHANGE_BURST = 30;
    private static final Duration EXCHANGE_REFILL = Duration.ofSeconds(2);
    private static final int MOST_SOURCES = 100_000;
    private static final long WAIT_SECONDS = 30;

    /** Blocks on the disk, or until the cluster has told its objects. */
    static Iam open(
            IamConfig config,
            String name,
            @Nullable AccessObjects ofCluster,
            DenyList denials,
            AuditTrail audit,
            Scheduler scheduler)
            throws IOException {
        Clock clock = Clock.systemUTC();
        SystemIssuer system = SystemIssuer.open(
                name, config.issuerKey(), config.isKeyGenerated(), config.ownSkew(), config.maxExpiry(), clock);
        TrustedParties parties = new TrustedParties(config, name, authorities(config.caBundle()), clock, scheduler);
        Disposable following = follow(config, ofCluster, parties);
        BearerAccess bearers = new BearerAccess(config, system, parties, denials, scheduler, clock, System::nanoTime);
        FailureBudget exchanges = new FailureBudget(EXCHANGE_BURST, EXCHANGE_REFILL, MOST_SOURCES, System::nanoTime);
        TokenExchange exchange =
                new TokenExchange(config, system, parties, denials, scheduler, exchanges, audit, clock);
        return new Iam(parties, bearers, exchange, system, new OwnToken(name), following);
    }

    private static Disposable follow(IamConfig config, @Nullable AccessObjects ofCluster, TrustedParties parties)
            throws IOException {
        if (!config.directory().isEmpty() || ofCluster == null) {
            AccessFiles files = new AccessFiles(Path.of(config.directory()), Schedulers.boundedElastic());
            parties.take(files.read());
            return files.changes().subscribe(parties::take);
        }
        CompletableFuture<Boolean> told = new CompletableFuture<>();
        Disposable following = ofCluster
                .changes()
                .subscribe(
                        objects -> {
                            parties.take(objects);
                            told.complete(true);
                        },
                        told::completeExceptionally);
        awaitFirst(told, following);
        return following;
    }

    /** Before all rules are known, nobody could be let in and nobody kept out. */
    private static void awaitFirst(CompletableFuture<Boolean> told, Disposable following) throws IOException {
        try {
            told.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            following.dispose();
            throw new IOException("the cluster did not tell its JwtIssuers, Policies and Roles within " + WAIT_SECONDS
                    + " s (SLUICE_AUTH_IAM_ENABLED): their CRDs must be there, and this account must be allowed to read"
                    + " them; the log tells more");
        } catch (ExecutionException e) {
            following.dispose();
            throw new IOException("cannot read JwtIssuers, Policies and Roles of the cluster: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            following.dispose();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted at the start", e);
        }
    }

    private static @Nullable SslContext authorities(String bundle) throws IOException {
        if (bundle.isEmpty()) {
            return null;
        }
        try {
            return SslContextBuilder.forClient()
                    .trustManager(Path.of(bundle).toFile())
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IOException(
                    "cannot use the authorities in " + bundle + " (ca_bundle_path): " + e.getMessage(), e);
        }
    }
}
