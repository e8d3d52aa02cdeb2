package sluice.access;

import java.util.List;
import java.util.Map;
import sluice.access.privacy.TokenBook;
import sluice.core.MetricFamily;

/** What is told about tokens of private functions; no label holds a namespace or a function. */
final class PrivateMetrics {
    private PrivateMetrics() {}

    static List<MetricFamily> families(TokenBook book) {
        return List.of(
                gauge("sluice_private_tokens", "Tokens of private functions that are kept.", book.tokens()),
                gauge(
                        "sluice_private_tokens_ready",
                        "1 once all keys and tokens were read that other gateways wrote, else 0.",
                        book.isReady() ? 1 : 0));
    }

    static MetricFamily gauge(String name, String help, double value) {
        return new MetricFamily(
                name, MetricFamily.Type.GAUGE, help, List.of(new MetricFamily.Sample("", Map.of(), value)));
    }
}
