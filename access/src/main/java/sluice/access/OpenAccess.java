package sluice.access;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.access.ClusterConfig.Authorizer;
import sluice.access.cluster.AccessReviews;
import sluice.access.cluster.ClusterTokens;
import sluice.access.privacy.PrivateAccess;
import sluice.access.revocation.DenyList;
import sluice.core.AuditTrail;
import sluice.core.ClusterIdentity;
import sluice.core.fleet.Fleet;

/** Makes the parts of access control that the settings want. Blocks on the disk, and for a cluster that is asked. */
final class OpenAccess {
    private static final Logger log = LoggerFactory.getLogger(OpenAccess.class);
    private static final String OLD_ISSUER = "kubernetes/serviceaccount"; // of service-account tokens without end
    private static final long ISSUER_WAIT_SECONDS = 5;

    private OpenAccess() {}

    static AccessParts open(
            AccessConfig config, String address, @Nullable Fleet fleet, @Nullable ClusterAccess ofCluster)
            throws IOException {
        Clock clock = Clock.systemUTC();
        Scheduler scheduler = Schedulers.newBoundedElastic(
                Runtime.getRuntime().availableProcessors(), config.iam().verifyQueue(), "access-verify", 60, true);
        BasicAccess basic = null;
        AuditLog audit = null;
        PrivateAccess privacy = null;
        try {
            basic = config.basicAuth() ? BasicAccess.open(config) : null;
            audit = config.audit() ? new AuditLog(config.auditFile(), config.auditVerbs()).start() : null;
            privacy = PrivateAccess.open(
                    config.privacy(), config.revocations(), privateIssuer(config.iam()), fleet, clock);
            DenyList denials = privacy.denials();
            AuditTrail trail = audit == null ? AuditTrail.NONE : audit;
            String name = config.iam().systemIssuer().isEmpty()
                    ? address
                    : config.iam().systemIssuer();
            Iam iam = config.iam().isOn()
                    ? Iam.open(
                            config.iam(),
                            name,
                            ofCluster == null ? null : ofCluster.objects(),
                            denials,
                            trail,
                            scheduler)
                    : null;
            boolean knowsGroups =
                    config.cluster().reviewsTokens() || config.certificates().isOn();
            AccessReviews reviews =
                    ofCluster == null || !knowsGroups || config.cluster().authorizer() != Authorizer.SAR
                            ? null
                            : new AccessReviews(ofCluster.identity(), ofCluster.namespaces(), System::nanoTime);
            GroupedUsers users = new GroupedUsers(reviews, iam == null ? null : iam.parties());
            CertificateGate certificates =
                    config.certificates().isOn() ? new CertificateGate(users, denials, config.certificates()) : null;
            FailureBudget budget = FailureBudget.standard();
            ClusterGate cluster = cluster(config.cluster(), name, ofCluster, users, budget);
            boolean takesTokens = iam != null || cluster != null || certificates != null;
            ControlGate control = takesTokens
                    ? new ControlGate(
                            basic,
                            iam,
                            cluster,
                            certificates,
                            budget,
                            config.iam().maxTokenBytes())
                    : null;
            FunctionGate functions = takesTokens
                    ? new FunctionGate(
                            config.iam(),
                            iam == null ? null : iam.issuer(),
                            denials,
                            cluster,
                            certificates,
                            scheduler,
                            FailureBudget.standard(),
                            clock,
                            System::nanoTime)
                    : null;
            PrivateGate gate = new PrivateGate(
                    config, privacy.book(), denials, scheduler, FailureBudget.standard(), clock, System::nanoTime);
            RevocationDesk revocations = takesTokens
                    ? new RevocationDesk(
                            denials,
                            iam == null ? null : iam.issuer(),
                            config.iam(),
                            scheduler,
                            FailureBudget.standard(),
                            trail,
                            clock)
                    : null;
            return new AccessParts(
                    basic,
                    audit,
                    iam,
                    control,
                    functions,
                    cluster,
                    certificates,
                    reviews,
                    privacy,
                    gate,
                    revocations,
                    scheduler);
        } catch (IOException e) {
            AccessParts.close(basic, audit, privacy);
            scheduler.dispose();
            throw e;
        }
    }

    /** The same on all gateways, whatever address each of them has. */
    private static String privateIssuer(IamConfig config) {
        return config.systemIssuer().isEmpty() ? "sluice" : config.systemIssuer();
    }

    /** What decides on those whom a cluster vouches for, or null where none does. */
    private static @Nullable ClusterGate cluster(
            ClusterConfig config,
            String name,
            @Nullable ClusterAccess cluster,
            GroupedUsers users,
            FailureBudget budget) {
        if (cluster == null || !config.reviewsTokens()) {
            return null;
        }
        List<String> issuers =
                config.issuers().isEmpty() ? issuers(cluster.identity()) : List.copyOf(new TreeSet<>(config.issuers()));
        ClusterTokens.Terms terms = new ClusterTokens.Terms(
                Set.copyOf(issuers),
                config.audiences().isEmpty() ? Set.of(name) : config.audiences(),
                config.takesApiServerTokens(),
                config.ttl());
        ClusterTokens tokens = new ClusterTokens(cluster.identity(), terms, Clock.systemUTC(), System::nanoTime);
        return new ClusterGate(tokens, users, issuers.get(0), budget);
    }

    private static List<String> issuers(ClusterIdentity cluster) {
        try {
            String own = cluster.issuer().toFuture().get(ISSUER_WAIT_SECONDS, TimeUnit.SECONDS);
            return own == null || own.isEmpty() ? List.of(OLD_ISSUER) : List.of(own, OLD_ISSUER);
        } catch (ExecutionException | TimeoutException e) {
            log.warn(
                    "the cluster does not tell its issuer; JWTs of {} alone are taken unless SLUICE_AUTH_K8S_ISSUERS says more",
                    OLD_ISSUER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return List.of(OLD_ISSUER);
    }
}
