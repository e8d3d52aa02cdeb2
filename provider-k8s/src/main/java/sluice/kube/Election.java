package sluice.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of several gateways leads, by a Lease (coordination.k8s.io): another one does within 15 s of its death. One that has lost
 * the lease, because the API was away, stands again.
 */
final class Election implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Election.class);
    private static final String LEASE = "openfaas-operator";
    private static final Duration DURATION = Duration.ofSeconds(15);
    private static final Duration RENEWED_WITHIN = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final KubernetesClient client;
    private final LeaderElectionConfig config;
    private @Nullable CompletableFuture<?> standing;
    private boolean isClosed;

    /** {@code leads} is told whenever this process begins or ceases to lead. */
    Election(KubernetesClient client, String namespace, Consumer<Boolean> leads) {
        String identity = Objects.requireNonNullElse(System.getenv("HOSTNAME"), "sluice") + "-" + UUID.randomUUID();
        this.client = client;
        this.config = new LeaderElectionConfigBuilder()
                .withName(LEASE)
                .withLock(new LeaseLock(namespace, LEASE, identity))
                .withLeaseDuration(DURATION)
                .withRenewDeadline(RENEWED_WITHIN)
                .withRetryPeriod(PAUSE)
                .withReleaseOnCancel(true)
                .withLeaderCallbacks(
                        new LeaderCallbacks(() -> leads.accept(true), () -> leads.accept(false), Election::tell))
                .build();
    }

    /** Nobody leads after one that gave the Lease back. */
    private static void tell(@Nullable String leader) {
        if (leader != null && !leader.isEmpty()) {
            log.info("{} leads the gateways", leader);
        }
    }

    /** Stands, and again whenever that has ended. */
    synchronized void stand() {
        if (isClosed) {
            return;
        }
        CompletableFuture<?> now =
                client.leaderElector().withConfig(config).build().start();
        standing = now;
        now.whenComplete((ended, failure) -> CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(this::stand));
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (standing != null) {
            standing.cancel(true);
        }
    }
}
