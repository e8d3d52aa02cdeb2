package sluice.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sluice.access.privacy.TokenBook;
import sluice.access.revocation.DenyList;
import sluice.core.MetricFamily;
import sluice.core.Revocations.Kind;

/** What is told about revocations; no label holds a subject. */
final class RevocationMetrics {
    private static final double NANOS = 1e9;

    private RevocationMetrics() {}

    static List<MetricFamily> families(TokenBook book, DenyList denials) {
        List<MetricFamily.Sample> samples = new ArrayList<>();
        samples.add(sample("private", (double) book.revoked()));
        for (Kind kind : Kind.values()) {
            samples.add(sample(kind.word(), (double) denials.count(kind)));
        }
        return List.of(
                new MetricFamily(
                        "sluice_revocations",
                        MetricFamily.Type.GAUGE,
                        "Revocations that are kept: of tokens of private functions, of other tokens, subjects, certificates.",
                        samples),
                PrivateMetrics.gauge(
                        "sluice_revocation_staleness_seconds",
                        "Seconds since it was certain that revocations of other gateways are heard.",
                        denials.silentNanos() / NANOS));
    }

    private static MetricFamily.Sample sample(String kind, double count) {
        return new MetricFamily.Sample("", Map.of("kind", kind), count);
    }
}
