package sluice.fleet.nats;

import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;

/** How the connection to NATS does, under the name of OpenFaaS's queue worker and under one for gateways. */
public final class LinkMetrics implements MetricSource {
    private final NatsLink link;

    public LinkMetrics(NatsLink link) {
        this.link = link;
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> List.of(
                counter("queue_worker_nats_reconnect_total", "times that a worker found NATS again after a loss"),
                counter("gateway_nats_reconnect_total", "times that a gateway found NATS again after a loss"),
                family(
                        "sluice_nats_up",
                        MetricFamily.Type.GAUGE,
                        "1 while NATS can be reached, else 0",
                        link.isUp() ? 1 : 0)));
    }

    private MetricFamily counter(String name, String help) {
        return family(name, MetricFamily.Type.COUNTER, help, (double) link.reconnects());
    }

    private static MetricFamily family(String name, MetricFamily.Type type, String help, double value) {
        return new MetricFamily(name, type, help, List.of(new MetricFamily.Sample("", Map.of(), value)));
    }
}
