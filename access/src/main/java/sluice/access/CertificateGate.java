package sluice.access;

import java.security.cert.X509Certificate;
import java.util.List;
import sluice.access.AuthCounters.Result;
import sluice.access.revocation.DenyList;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Identity;

/**
 * The gate of those who have shown a client certificate, and no other credential. The handshake has made sure that it is a
 * good one. Thread-safe.
 */
final class CertificateGate {
    private static final String MECHANISM = "x509";

    private final GroupedUsers users;
    private final DenyList denials;
    private final boolean takesSystemIdentities;
    private final AuthCounters counters = new AuthCounters(MECHANISM);

    CertificateGate(GroupedUsers users, DenyList denials, CertificateConfig config) {
        this.users = users;
        this.denials = denials;
        this.takesSystemIdentities = config.takesSystemIdentities();
    }

    AuthCounters counters() {
        return counters;
    }

    Decision check(X509Certificate certificate, Action action, String namespace, String name) {
        CertificateSubject subject = CertificateSubject.of(certificate);
        if (!subject.isSomebody()) {
            counters.count(Result.REFUSED);
            return deny(
                    Failure.NOT_AUTHENTICATED,
                    "the client certificate must have exactly one common name",
                    Decision.Deny.NOBODY);
        }
        if (denials.denies(certificate)) {
            counters.count(Result.REFUSED);
            return deny(Failure.NOT_AUTHENTICATED, "certificate revoked", Decision.Deny.NOBODY);
        }
        String issuer = MECHANISM + ":" + subject.authority();
        Identity identity = new Identity(
                MECHANISM,
                subject.names().get(0),
                issuer,
                "",
                "",
                certificate.getNotAfter().toInstant());
        if (subject.isOfSystem() && !takesSystemIdentities) {
            counters.count(Result.NOT_PERMITTED);
            return deny(
                    Failure.NOT_PERMITTED,
                    "client certificates name nobody whose name begins with system:"
                            + " (SLUICE_AUTH_X509_ALLOW_SYSTEM_IDENTITIES)",
                    identity);
        }
        return users.decide(identity, subject.user(), issuer, counters, action, namespace, name);
    }

    private static Decision.Deny deny(Failure failure, String text, Identity identity) {
        return new Decision.Deny(failure.in(Component.ACCESS, text), List.of(), 0, identity);
    }
}
