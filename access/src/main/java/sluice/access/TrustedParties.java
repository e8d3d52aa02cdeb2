package sluice.access;

import io.netty.handler.ssl.SslContext;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import sluice.access.policy.AccessSet;
import sluice.access.policy.TrustedIssuer;
import sluice.access.token.ForeignIssuer;
import sluice.access.token.TokenRules;
import sluice.core.AccessObject;

/**
 * The access objects in force, and the issuers that they name with their keys. Replaced as a whole when the objects
 * change; an issuer that stays as it was keeps its keys. Thread-safe.
 */
final class TrustedParties {
    private static final Logger log = LoggerFactory.getLogger(TrustedParties.class);

    private final IamConfig config;
    private final String systemIssuer;
    private final @Nullable SslContext tls;
    private final Clock clock;
    private final Scheduler scheduler;
    private List<AccessObject> taken = List.of();
    private volatile Now now = new Now(AccessSet.EMPTY, Map.of(), 0);

    TrustedParties(IamConfig config, String systemIssuer, @Nullable SslContext tls, Clock clock, Scheduler scheduler) {
        this.config = config;
        this.systemIssuer = systemIssuer;
        this.tls = tls;
        this.clock = clock;
        this.scheduler = scheduler;
    }

    /** An issuer's object and its keys. */
    record Party(TrustedIssuer object, ForeignIssuer keys) {}

    /**
     * What counts at one moment.
     *
     * @param generation another one means that what was verified before has to be verified again
     */
    record Now(AccessSet objects, Map<String, Party> parties, int generation) {}

    Now now() {
        return now;
    }

    /** Puts these objects in force; the same ones again change nothing. */
    synchronized void take(List<AccessObject> objects) {
        if (objects.equals(taken)) {
            return;
        }
        taken = List.copyOf(objects);
        AccessSet set = AccessSet.of(objects);
        Map<String, Party> parties = new HashMap<>();
        for (TrustedIssuer issuer : set.issuers()) {
            if (!issuer.iss().equals(systemIssuer)) {
                Party known = now.parties().get(issuer.iss());
                parties.put(issuer.iss(), known != null && known.object().equals(issuer) ? known : party(issuer));
            }
        }
        set.problems().forEach(problem -> log.warn("{}", problem));
        log.info(
                "{} issuers, {} policies and {} roles are in force",
                set.valid("JwtIssuer"),
                set.valid("Policy"),
                set.valid("Role"));
        now = new Now(set, Map.copyOf(parties), now.generation() + 1);
    }

    private Party party(TrustedIssuer issuer) {
        TokenRules rules = new TokenRules(
                issuer.iss(), issuer.audiences(), config.algorithms(), config.skew(), config.maxSubjectLifetime());
        return new Party(issuer, ForeignIssuer.of(rules, issuer.internal(), tls, config.keys(), clock, scheduler));
    }
}
