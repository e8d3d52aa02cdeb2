package sluice.access;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.access.policy.AccessFiles;
import sluice.access.privacy.PrivateAccess;
import sluice.access.token.SystemIssuer;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.AuditTrail;
import sluice.core.CallHead;
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
    private static final int EXCHANGE_BURST = 30;
    private static final Duration EXCHANGE_REFILL = Duration.ofSeconds(2);
    private static final int MOST_SOURCES = 100_000;

    private final @Nullable BasicAccess basic;
    private final @Nullable AuditLog audit;
    private final @Nullable Iam iam;
    private final PrivateAccess privacy;
    private final PrivateGate privateGate;
    private final Scheduler scheduler;

    private AccessControl(
            @Nullable BasicAccess basic,
            @Nullable AuditLog audit,
            @Nullable Iam iam,
            PrivateAccess privacy,
            PrivateGate privateGate,
            Scheduler scheduler) {
        this.basic = basic;
        this.audit = audit;
        this.iam = iam;
        this.privacy = privacy;
        this.privateGate = privateGate;
        this.scheduler = scheduler;
    }

    /** The parts that exist only where tokens count. */
    private record Iam(
            ControlGate gate,
            TrustedParties parties,
            FunctionGate functions,
            TokenExchange exchange,
            SystemIssuer issuer,
            OwnToken ownToken,
            Disposable following) {}

    /**
     * Reads credentials, keys and access objects, and follows their files until closed. Blocks on the disk.
     *
     * @param address under which clients reach the gateway, for its name as an issuer when no other is set
     * @throws IOException one line with the remedy
     */
    public static AccessControl open(AccessConfig config, String address) throws IOException {
        return open(config, address, null);
    }

    /**
     * As {@link #open(AccessConfig, String)}, of several gateways.
     *
     * @param fleet tells what the others have given out and taken back, or null when there are none
     */
    public static AccessControl open(AccessConfig config, String address, @Nullable Fleet fleet) throws IOException {
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
            Iam iam = config.iam().isOn() ? iam(config.iam(), basic, audit, address, scheduler) : null;
            PrivateGate gate = new PrivateGate(
                    config, privacy.book(), scheduler, FailureBudget.standard(), clock, System::nanoTime);
            return new AccessControl(basic, audit, iam, privacy, gate, scheduler);
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

    private static Iam iam(
            IamConfig config,
            @Nullable BasicAccess basic,
            @Nullable AuditLog audit,
            String address,
            Scheduler scheduler)
            throws IOException {
        Clock clock = Clock.systemUTC();
        String name = config.systemIssuer().isEmpty() ? address : config.systemIssuer();
        SystemIssuer system = SystemIssuer.open(
                name, config.issuerKey(), config.isKeyGenerated(), config.ownSkew(), config.maxExpiry(), clock);
        TrustedParties parties = new TrustedParties(config, name, authorities(config.caBundle()), clock, scheduler);
        AccessFiles files = new AccessFiles(Path.of(config.directory()), Schedulers.boundedElastic());
        parties.take(files.read());
        Disposable following = files.changes().subscribe(parties::take);
        BearerAccess bearers = new BearerAccess(config, system, parties, scheduler, clock, System::nanoTime);
        ControlGate gate = new ControlGate(basic, bearers, parties, FailureBudget.standard(), config.maxTokenBytes());
        FunctionGate functions =
                new FunctionGate(config, system, scheduler, FailureBudget.standard(), clock, System::nanoTime);
        FailureBudget exchanges = new FailureBudget(EXCHANGE_BURST, EXCHANGE_REFILL, MOST_SOURCES, System::nanoTime);
        AuditTrail trail = audit == null ? AuditTrail.NONE : audit;
        TokenExchange exchange = new TokenExchange(config, system, parties, scheduler, exchanges, trail, clock);
        return new Iam(gate, parties, functions, exchange, system, new OwnToken(name), following);
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
        if (iam != null) {
            return iam.gate().check(headers, peer, action, namespace);
        }
        return basic == null ? AnonymousAccess.ALLOWED : basic.check(headers, peer, action, namespace);
    }

    @Override
    public Decision admit(CallHead head, InetSocketAddress peer, FunctionName function, Guard guard) {
        if (!guard.isPrivate()) {
            return admitBearer(head, peer, function);
        }
        Decision decision = privateGate.admit(head, peer, function);
        if (!guard.asksForToken() || decision instanceof Decision.Deny) {
            return decision;
        }
        Decision other = admitBearer(head, peer, function); // now, while the head is there
        return decision instanceof Decision.Ask first
                ? new Decision.Ask(first.answer()
                        .flatMap(answer -> answer instanceof Decision.Allow
                                ? other instanceof Decision.Ask second ? second.answer() : Mono.just(other)
                                : Mono.just(answer)))
                : other;
    }

    private Decision admitBearer(CallHead head, InetSocketAddress peer, FunctionName function) {
        return iam == null
                ? AccessGate.super.admit(head, peer, function, Guard.GATEWAY)
                : iam.functions().admit(head, peer, function);
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
        if (iam != null) {
            counters.addAll(List.of(iam.gate().counters()));
            counters.add(iam.exchange().counters());
            counters.add(iam.functions().counters());
            families.addAll(IamMetrics.families(iam.parties().now()));
        } else if (basic != null) {
            counters.add(basic.counters());
        }
        families.add(AuthCounters.family(counters.toArray(AuthCounters[]::new)));
        families.addAll(PrivateMetrics.families(privacy.book()));
        if (audit != null) {
            families.add(audit.family());
        }
        return families;
    }
}
