package sluice.benchmarks;

import java.util.List;
import java.util.Locale;

/** What one run of {@code sluice bench} does. */
enum Mode {
    MATRIX("sluice,nginx,haproxy,reactor"),
    PAIRS("sluice,nginx,haproxy,floor"),
    ROUTES("sluice"),
    FAIRNESS("sluice,nginx"),
    SYSCALLS("sluice,nginx,haproxy,floor"),
    ALLOCATION("sluice,reactor"),
    MEMORY("sluice,nginx,haproxy"),
    START("sluice,nginx,haproxy"),
    MERGE("");

    private final String peers;

    Mode(String peers) {
        this.peers = peers;
    }

    /** As an option: {@code --pairs}. */
    String option() {
        return "--" + name().toLowerCase(Locale.ROOT);
    }

    /** Who takes part when nobody says otherwise. */
    List<String> peers() {
        return List.of(peers.split(",", -1));
    }
}
