package sluice.access;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sluice.access.cluster.AccessReviews;
import sluice.access.cluster.ClusterMetrics;
import sluice.core.MetricFamily;

/** What is told about access control as a whole. */
final class AccessMetrics {
    private AccessMetrics() {}

    static List<MetricFamily> families(AccessParts parts) {
        List<MetricFamily> families = new ArrayList<>();
        families.add(AuthCounters.family(counters(parts)));
        Iam iam = parts.iam();
        if (iam != null) {
            families.addAll(IamMetrics.families(iam.parties().now()));
        }
        ClusterGate cluster = parts.cluster();
        AccessReviews reviews = parts.reviews();
        if (cluster != null || reviews != null) {
            families.add(ClusterMetrics.family(cluster == null ? null : cluster.tokens(), reviews));
        }
        families.addAll(PrivateMetrics.families(parts.privacy().book()));
        families.addAll(RevocationMetrics.families(
                parts.privacy().book(), parts.privacy().denials()));
        AuditLog audit = parts.audit();
        if (audit != null) {
            families.add(audit.family());
        }
        return families;
    }

    private static AuthCounters[] counters(AccessParts parts) {
        List<AuthCounters> counters = new ArrayList<>();
        counters.add(parts.privateGate().counters());
        ControlGate control = parts.control();
        BasicAccess basic = parts.basic();
        if (control != null) {
            counters.addAll(Arrays.asList(control.counters()));
        } else if (basic != null) {
            counters.add(basic.counters());
        }
        FunctionGate functions = parts.functions();
        if (functions != null) {
            counters.add(functions.counters());
        }
        Iam iam = parts.iam();
        if (iam != null) {
            counters.add(iam.exchange().counters());
        }
        RevocationDesk revocations = parts.revocations();
        if (revocations != null) {
            counters.add(revocations.counters());
        }
        CertificateGate certificates = parts.certificates();
        if (certificates != null) {
            counters.add(certificates.counters());
        }
        ClusterGate cluster = parts.cluster();
        if (cluster != null) {
            counters.add(cluster.counters());
        }
        return counters.toArray(AuthCounters[]::new);
    }
}
