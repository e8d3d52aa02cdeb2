package sluice.gateway;

import java.util.Locale;

/** Who runs the functions. */
enum ProviderKind {
    /** Processes of this machine. */
    LOCAL,
    /** Pods of a Kubernetes cluster. */
    K8S;

    /** As it is written in the settings. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
