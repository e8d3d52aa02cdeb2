package sluice.access;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sluice.access.policy.AccessSet;
import sluice.core.MetricFamily;

/** What is told about access objects and issuers; no label holds a subject. */
final class IamMetrics {
    private IamMetrics() {}

    static List<MetricFamily> families(TrustedParties.Now now) {
        return List.of(objects(now.objects()), keyAges(now));
    }

    private static MetricFamily objects(AccessSet objects) {
        List<MetricFamily.Sample> samples = new ArrayList<>();
        for (String kind : List.of("JwtIssuer", "Policy", "Role")) {
            samples.add(sample(kind, "true", objects.valid(kind)));
            samples.add(sample(kind, "false", objects.invalid(kind)));
        }
        return new MetricFamily(
                "sluice_iam_objects", MetricFamily.Type.GAUGE, "Access objects in force, and refused ones.", samples);
    }

    private static MetricFamily.Sample sample(String kind, String isValid, int count) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("kind", kind);
        labels.put("valid", isValid);
        return new MetricFamily.Sample("", labels, count);
    }

    private static MetricFamily keyAges(TrustedParties.Now now) {
        List<MetricFamily.Sample> samples = new ArrayList<>();
        now.parties().forEach((issuer, party) -> {
            double age = party.keys().keyAgeSeconds();
            if (age >= 0) {
                samples.add(new MetricFamily.Sample("", Map.of("issuer", issuer), age));
            }
        });
        return new MetricFamily(
                "sluice_jwks_age_seconds",
                MetricFamily.Type.GAUGE,
                "Seconds since the keys of an issuer were fetched.",
                samples);
    }
}
