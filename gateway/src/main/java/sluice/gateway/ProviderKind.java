package sluice.gateway;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who runs the functions. */
enum ProviderKind {
    /** Processes of this machine. */
    LOCAL,
    /** Pods of a Kubernetes cluster. */
    K8S;

    static Optional<ProviderKind> parse(String text) {
        return Arrays.stream(values())
                .filter(kind -> kind.toString().equals(text))
                .findFirst();
    }

    /** As it is written in the settings. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
