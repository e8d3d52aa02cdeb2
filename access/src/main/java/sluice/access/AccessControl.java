package sluice.access;

import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.access.ClusterConfig.Authorizer;
import sluice.access.cluster.AccessReviews;
import sluice.access.cluster.ClusterMetrics;
import sluice.access.cluster.ClusterTokens;
import sluice.access.privacy.PrivateAccess;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.AuditTrail;
import sluice.core.CallHead;
import sluice.core.ClusterIdentity;
import sluice.core.ConnectionFacts;
import sluice.core.FunctionEnvironment;
import sluice.core.FunctionName;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.PrivateTokens;
import sluice.core.TokenDesk;
import sluice.core.calls.FunctionCaller;
import sluice.core.fleet.Fleet;

/**
 * Everything that decides who is calling and may they, wired from its settings. Thread-safe. The gate is one of three:
 * everyone may; the one user of HTTP Basic may; or policies say who may, of tokens and of that user.
 */
public final class AccessControl implements AccessGate, MetricSource, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AccessControl.class);
    private static final String OLD_ISSUER = "kubernetes/serviceaccount"; // of service-account tokens without end
    private static final long ISSUER_WAIT_SECONDS = 5;

    private final @Nullable BasicAccess basic;
    private final @Nullable AuditLog audit;
    private final @Nullable Iam iam;
    private final @Nullable ControlGate control;
    private final @Nullable FunctionGate functions;
    private final @Nullable ClusterGate cluster;
    private final @Nullable CertificateGate certificates;
    private final @Nullable AccessReviews reviews;
    private final PrivateAccess privacy;
    private final PrivateGate privateGate;
    private final Scheduler scheduler;

    private AccessControl(
            @Nullable BasicAccess basic,
            @Nullable AuditLog audit,
            @Nullable Iam iam,
            @Nullable ControlGate control,
            @Nullable FunctionGate functions,
            @Nullable ClusterGate cluster,
            @Nullable CertificateGate certificates,
            @Nullable AccessReviews reviews,
            PrivateAccess privacy,
            PrivateGate privateGate,
            Scheduler scheduler) {
        this.basic = basic;
        this.audit = audit;
        this.iam = iam;
        this.control = control;
        this.functions = functions;
        this.cluster = cluster;
        this.certificates = certificates;
        this.reviews = reviews;
        this.privacy = privacy;
        this.privateGate = privateGate;
        this.scheduler = scheduler;
    }

    /**
     * Reads credentials, keys and access objects, and follows their files until closed. Blocks on the disk.
     *
     * @param address under which clients reach the gateway, for its name as an issuer when no other is set
     * @throws IOException one line with the remedy
     */
    public static AccessControl open(AccessConfig config, String address) throws IOException {
        return open(config, address, null, null);
    }

    /**
     * As {@link #open(AccessConfig, String)}, of several gateways.
     *
     * @param fleet tells what the others have given out and taken back, or null when there are none
     * @param ofCluster what a cluster has to say, or null without one
     */
    public static AccessControl open(
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
            privacy = PrivateAccess.open(config.privacy(), privateIssuer(config.iam()), fleet, clock);
            String name = config.iam().systemIssuer().isEmpty()
                    ? address
                    : config.iam().systemIssuer();
            Iam iam = config.iam().isOn()
                    ? Iam.open(
                            config.iam(),
                            name,
                            ofCluster == null ? null : ofCluster.objects(),
                            audit == null ? AuditTrail.NONE : audit,
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
                    config.certificates().isOn() ? new CertificateGate(users, config.certificates()) : null;
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
                            cluster,
                            certificates,
                            scheduler,
                            FailureBudget.standard(),
                            clock,
                            System::nanoTime)
                    : null;
            PrivateGate gate = new PrivateGate(
                    config, privacy.book(), scheduler, FailureBudget.standard(), clock, System::nanoTime);
            return new AccessControl(
                    basic, audit, iam, control, functions, cluster, certificates, reviews, privacy, gate, scheduler);
        } catch (IOException e) {
            close(basic, audit, privacy);
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

    /** The name of the one user of HTTP Basic, or empty. */
    public String user() {
        return basic == null ? "" : basic.user();
    }

    /** As {@code caller}, where functions that ask for a token themselves get one for whoever was admitted. */
    public FunctionCaller forAdmitted(FunctionCaller caller, Functions functions) {
        return iam == null ? caller : new AdmittedCaller(caller, functions, iam.issuer(), scheduler, Clock.systemUTC());
    }

    /** Where tokens are given out, or null where none count. */
    public @Nullable TokenDesk tokens() {
        return iam == null ? null : iam.exchange();
    }

    /** Where tokens of private functions are given out. */
    public PrivateTokens privateTokens() {
        return privacy.tokens();
    }

    /** What functions are told of their privacy. */
    public FunctionEnvironment environment() {
        return privacy;
    }

    /** Makes tokens of functions worthless that are removed from now on. */
    public void follow(Functions functions) {
        privacy.follow(functions);
    }

    @Override
    public Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace) {
        return check(new Question(headers, new ConnectionFacts(peer, false, null), action, namespace, ""));
    }

    @Override
    public Decision check(Question question) {
        if (control != null) {
            return control.check(question);
        }
        return basic == null
                ? AnonymousAccess.ALLOWED
                : basic.check(question.headers(), question.from().peer(), question.action(), question.namespace());
    }

    @Override
    public boolean decidesByName() {
        return reviews != null;
    }

    @Override
    public Decision admit(CallHead head, InetSocketAddress peer, FunctionName function, Guard guard) {
        return admit(head, new ConnectionFacts(peer, false, null), function, guard);
    }

    @Override
    public Decision admit(CallHead head, ConnectionFacts from, FunctionName function, Guard guard) {
        if (!guard.isPrivate()) {
            return admitBearer(head, from, function, guard);
        }
        Decision decision = privateGate.admit(head, from.peer(), function);
        if (!guard.asksForToken() || decision instanceof Decision.Deny) {
            return decision;
        }
        Decision other = admitBearer(head, from, function, guard); // now, while the head is there
        return decision instanceof Decision.Ask first
                ? new Decision.Ask(first.answer()
                        .flatMap(answer -> answer instanceof Decision.Allow
                                ? other instanceof Decision.Ask second ? second.answer() : Mono.just(other)
                                : Mono.just(answer)))
                : other;
    }

    private Decision admitBearer(CallHead head, ConnectionFacts from, FunctionName function, Guard guard) {
        return functions == null
                ? AccessGate.super.admit(head, from.peer(), function, Guard.GATEWAY)
                : functions.admit(head, from, function, guard.takesAuthorization());
    }

    @Override
    public boolean isPrivateToken(CharSequence authorization, String namespace) {
        return privateGate.isPrivateToken(authorization, namespace);
    }

    @Override
    public boolean isOwnCredential(CharSequence authorization) {
        return (basic != null && basic.isOwnCredential(authorization))
                || (iam != null && iam.ownToken().is(authorization));
    }

    @Override
    public AuditTrail audit() {
        return audit == null ? AuditTrail.NONE : audit;
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(this::families);
    }

    @Override
    public void close() {
        if (iam != null) {
            iam.following().dispose();
        }
        close(basic, audit, privacy);
        scheduler.dispose();
    }

    private static void close(@Nullable BasicAccess basic, @Nullable AuditLog audit, @Nullable PrivateAccess privacy) {
        if (privacy != null) {
            privacy.close();
        }
        if (basic != null) {
            basic.close();
        }
        if (audit != null) {
            audit.close();
        }
    }

    private List<MetricFamily> families() {
        List<MetricFamily> families = new ArrayList<>();
        List<AuthCounters> counters = new ArrayList<>(List.of(privateGate.counters()));
        if (control != null) {
            counters.addAll(List.of(control.counters()));
        } else if (basic != null) {
            counters.add(basic.counters());
        }
        if (functions != null) {
            counters.add(functions.counters());
        }
        if (iam != null) {
            counters.add(iam.exchange().counters());
            families.addAll(IamMetrics.families(iam.parties().now()));
        }
        if (certificates != null) {
            counters.add(certificates.counters());
        }
        if (cluster != null) {
            counters.add(cluster.counters());
        }
        if (cluster != null || reviews != null) {
            families.add(ClusterMetrics.family(cluster == null ? null : cluster.tokens(), reviews));
        }
        families.add(AuthCounters.family(counters.toArray(AuthCounters[]::new)));
        families.addAll(PrivateMetrics.families(privacy.book()));
        if (audit != null) {
            families.add(audit.family());
        }
        return families;
    }
}
