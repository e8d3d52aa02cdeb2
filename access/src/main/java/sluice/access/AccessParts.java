package sluice.access;

import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import sluice.access.cluster.AccessReviews;
import sluice.access.privacy.PrivateAccess;

/**
 * What access control is made of. What is null is not wanted by the settings.
 *
 * @param scheduler checks signatures
 */
record AccessParts(
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
        @Nullable RevocationDesk revocations,
        Scheduler scheduler) {
    /** Ends them all, what is written first. */
    void close() {
        if (iam != null) {
            iam.following().dispose();
        }
        close(basic, audit, privacy);
        scheduler.dispose();
    }

    static void close(@Nullable BasicAccess basic, @Nullable AuditLog audit, @Nullable PrivateAccess privacy) {
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
}
