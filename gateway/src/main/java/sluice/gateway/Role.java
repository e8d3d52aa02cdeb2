package sluice.gateway;

import java.util.Locale;
import java.util.Set;

/** What a process of a fleet does; {@code SLUICE_ROLE}. Alone, it must do all. */
public enum Role {
    /** Takes calls and makes those that are queued. */
    ALL,
    /** Takes calls; those that are queued are made elsewhere. */
    GATEWAY,
    /** Makes calls that are queued, and has no port but that of metrics. */
    WORKER;

    /** Whether clients can call it. */
    boolean isGateway() {
        return this != WORKER;
    }

    /** Whether it makes calls that are queued. */
    boolean isWorker() {
        return this != GATEWAY;
    }

    /** What other processes know this one as. */
    Set<String> inFleet() {
        return this == ALL ? Set.of("gateway", "worker") : Set.of(toString());
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
