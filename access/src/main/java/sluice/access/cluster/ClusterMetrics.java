package sluice.access.cluster;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.MetricFamily;

/** How often an answer of the cluster was known already. */
public final class ClusterMetrics {
    private ClusterMetrics() {}

    /** Of the two kinds of questions, those that are asked at all. */
    public static MetricFamily family(@Nullable ClusterTokens tokens, @Nullable AccessReviews reviews) {
        List<MetricFamily.Sample> samples = new ArrayList<>();
        if (tokens != null) {
            samples.addAll(List.of(tokens.answers().samples()));
        }
        if (reviews != null) {
            samples.addAll(List.of(reviews.answers().samples()));
        }
        return new MetricFamily(
                "sluice_auth_cache_total",
                MetricFamily.Type.COUNTER,
                "Questions to the cluster whose answer was known (hit), and those that had to be asked (miss).",
                samples);
    }
}
