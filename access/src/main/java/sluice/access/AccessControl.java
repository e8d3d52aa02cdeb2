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
import sluice.access.token.SystemIssuer;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.AuditTrail;
import sluice.core.CallHead;
import sluice.core.FunctionName;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.TokenDesk;
import sluice.core.calls.FunctionCaller;

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

    private AccessControl(@Nullable BasicAccess basic, @Nullable AuditLog audit, @Nullable Iam iam) {
        this.basic = basic;
        this.audit = audit;
        this.iam = iam;
    }

    /** The parts that exist only where tokens count. */
    private record Iam(
            ControlGate gate,
            TrustedParties parties,
            FunctionGate functions,
            TokenExchange exchange,
            SystemIssuer issuer,
            OwnToken ownToken,
            Scheduler scheduler,
            Disposable following) {}

    /**
     * Reads credentials, keys and access objects, and follows their files until closed. Blocks on the disk.
     *
     * @param address under which clients reach the gateway, for its name as an issuer when no other is set
     * @throws IOException one line with the remedy
     */
    public static AccessControl open(AccessConfig config, String address) throws IOException {
        BasicAccess basic = config.basicAuth() ? BasicAccess.open(config) : null;
        AuditLog audit = config.audit() ? new AuditLog(config.auditFile(), config.auditVerbs()).start() : null;
        try {
            Iam iam = config.iam().isOn() ? iam(config.iam(), basic, audit, address) : null;
            return new AccessControl(basic, audit, iam);
        } catch (IOException e) {
            if (basic != null) {
                basic.close();
            }
            if (audit != null) {
                audit.close();
            }
            throw e;
        }
    }

    private static Iam iam(IamConfig config, @Nullable BasicAccess basic, @Nullable AuditLog audit, String address)
            throws IOException {
        Clock clock = Clock.systemUTC();
        String name = config.systemIssuer().isEmpty() ? address : config.systemIssuer();
        SystemIssuer system = SystemIssuer.open(
                name, config.issuerKey(), config.isKeyGenerated(), config.ownSkew(), config.maxExpiry(), clock);
        Scheduler scheduler = Schedulers.newBoundedElastic(
                Runtime.getRuntime().availableProcessors(), config.verifyQueue(), "access-verify", 60, true);
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
        return new Iam(gate, parties, functions, exchange, system, new OwnToken(name), scheduler, following);
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
        return iam == null
                ? caller
                : new AdmittedCaller(caller, functions, iam.issuer(), iam.scheduler(), Clock.systemUTC());
    }

    /** Where tokens are given out, or null where none count. */
    public @Nullable TokenDesk tokens() {
        return iam == null ? null : iam.exchange();
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
        return iam == null
                ? AccessGate.super.admit(head, peer, function, guard)
                : iam.functions().admit(head, peer, function);
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
            iam.scheduler().dispose();
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
        if (iam != null) {
            List<AuthCounters> counters = new ArrayList<>(List.of(iam.gate().counters()));
            counters.add(iam.exchange().counters());
            counters.add(iam.functions().counters());
            families.add(AuthCounters.family(counters.toArray(AuthCounters[]::new)));
            families.addAll(IamMetrics.families(iam.parties().now()));
        } else if (basic != null) {
            families.add(basic.family());
        }
        if (audit != null) {
            families.add(audit.family());
        }
        return families;
    }
}
