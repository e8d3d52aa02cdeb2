package sluice.kube;

import java.util.Set;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/** Names that OpenFaaS's Kubernetes provider gave things, which other tools look for, and words for what is wrong. */
final class Marks {
    /** Label of Deployments and pods; its value is the function's name. */
    static final String FUNCTION = "faas_function";
    /** Label of pods that differs after each update, so that the update always starts new ones. */
    static final String UID = "uid";
    /** Annotation of Deployments: the function as it was submitted, as JSON of a Function's spec. */
    static final String SPEC = "com.openfaas.function.spec";
    /** Annotation that keeps Prometheus from scraping functions, unless they ask for it. */
    static final String SCRAPE = "prometheus.io.scrape";
    /** Annotation with names of Profiles. */
    static final String PROFILE = "com.openfaas.profile";
    /** Annotation with the pods' service account. */
    static final String SERVICE_ACCOUNT = "com.openfaas.serviceaccount";
    /** Label of secrets that were made through the API. */
    static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    /** What that label says. */
    static final String OPENFAAS = "openfaas";
    /** Environment variable with the watchdog's command. */
    static final String FPROCESS = "fprocess";
    /** Port on which a watchdog listens, and its name. */
    static final int PORT = 8080;

    static final String PORT_NAME = "http";
    /** Who we are to server-side apply. */
    static final String FIELD_MANAGER = "sluice";
    /** Who we are when only replicas change: an apply that does not mention them must not give them up. */
    static final String SCALE_MANAGER = "sluice-scale";
    /** Labels of pods that are ours or were those of OpenFaaS's operator, never the user's. */
    static final Set<String> SYSTEM_LABELS = Set.of(FUNCTION, UID);

    private Marks() {}

    static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.PROVIDER, text);
    }
}
