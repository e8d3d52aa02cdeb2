package sluice.core.calls;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import sluice.core.Network;

/**
 * A list of hosts, by address range or by the end of their name.
 *
 * @param networks ranges of addresses
 * @param names lower case; each means that host and every host below it
 */
public record HostRules(List<Network> networks, List<String> names) {
    /** Means no host. */
    public static final HostRules NONE = new HostRules(List.of(), List.of());

    public HostRules {
        networks = List.copyOf(networks);
        names = List.copyOf(names);
    }

    /** Reads {@code 10.0.0.0/8, hooks.example.com}; empty when an element is neither. */
    public static Optional<HostRules> parse(String text) {
        if (text.isBlank()) {
            return Optional.of(NONE);
        }
        List<Network> networks = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String rule = part.trim().toLowerCase(Locale.ROOT);
            Optional<Network> network = Network.parse(rule);
            if (network.isPresent()) {
                networks.add(network.get());
            } else if (rule.matches("[a-z0-9_]([-a-z0-9_.]{0,251}[a-z0-9_])?") && rule.matches(".*[a-z_].*")) {
                names.add(rule);
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(new HostRules(networks, names));
    }

    boolean isEmpty() {
        return networks.isEmpty() && names.isEmpty();
    }

    boolean hasNetworks() {
        return !networks.isEmpty();
    }

    /** {@code host} in lower case, without a dot at its end. */
    boolean matches(String host) {
        return names.stream().anyMatch(name -> host.equals(name) || host.endsWith("." + name));
    }

    boolean matches(InetAddress address) {
        return networks.stream().anyMatch(network -> network.contains(address));
    }

    @Override
    public String toString() {
        List<String> all = new ArrayList<>();
        networks.forEach(network -> all.add(network.toString()));
        all.addAll(names);
        return String.join(",", all);
    }
}
