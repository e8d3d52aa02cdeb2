package sluice.gateway;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.MetricSource;
import sluice.core.fleet.Fleet;
import sluice.fleet.nats.LinkMetrics;
import sluice.fleet.nats.MemberFile;
import sluice.fleet.nats.NatsFleet;
import sluice.fleet.nats.NatsLink;

/**
 * The other gateways, if the settings name a NATS server over which they are met.
 *
 * @param nats null for a gateway that is alone
 */
record OpenFleet(@Nullable Nats nats) implements AutoCloseable {
    /** The connection and what is known over it. */
    record Nats(NatsLink link, NatsFleet fleet) {}

    /** Joins; does not wait for a server that is away. */
    static OpenFleet of(GatewayConfig config) throws IOException {
        if (!config.nats().isOn()) {
            return new OpenFleet(null);
        }
        NatsLink link = NatsLink.open(config.nats(), "sluice");
        try {
            return new OpenFleet(new Nats(
                    link,
                    new NatsFleet(
                            link,
                            MemberFile.next(
                                    config.dataDir().resolve("fleet"),
                                    config.role().inFleet()))));
        } catch (IOException | RuntimeException e) {
            link.dispose();
            throw e;
        }
    }

    /** Null when there are no others. */
    @Nullable Fleet shared() {
        return nats == null ? null : nats.fleet();
    }

    List<MetricSource> metrics() {
        return nats == null ? List.of() : List.of(new LinkMetrics(nats.link()));
    }

    @Override
    public void close() {
        if (nats != null) {
            nats.fleet().dispose();
            nats.link().dispose();
        }
    }
}
