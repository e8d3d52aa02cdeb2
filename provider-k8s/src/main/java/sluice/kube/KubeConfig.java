package sluice.kube;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import sluice.core.FunctionName;
import sluice.core.Settings;

/**
 * Settings of the Kubernetes provider.
 *
 * @param kubeconfig file that says where the cluster is; empty for the account of the pod
 * @param kubeContext context within that file; empty for its current one
 * @param defaultNamespace of functions
 * @param profilesNamespace in which Profiles are looked up
 * @param allNamespaces whether every namespace that is marked counts, or only those that are named
 * @param furtherNamespaces beside the default one, when not all count
 * @param protectedNamespaces never used for functions, beside those that always are
 * @param protectedAccounts service accounts that no function gets
 * @param imagePullPolicy {@code Always}, {@code IfNotPresent} or {@code Never}
 * @param httpProbe whether probes ask by HTTP instead of running {@code cat} on the watchdog's lock file
 * @param nonRootUser whether functions run as user 12000
 * @param directFunctions whether calls go to the Service's address instead of to pods, as a mesh wants it
 * @param customResources whether functions are kept as Functions (openfaas.com/v1), which others may write too
 * @param isElected whether one of several gateways at a time makes what custom resources say
 * @param ingress of FunctionIngresses
 * @param maxReplicas one function can be scaled to
 * @param requestTimeout of one request to the API
 * @param changeWait how long a change may take to be seen, or something that is going to be gone
 * @param startWait how long the start waits for the API
 * @param concurrentChanges requests of clients that are carried out at once
 * @param waitingChanges requests of clients that may wait for that
 * @param logStreams pods whose log one reader can read at once
 */
public record KubeConfig(
        String kubeconfig,
        String kubeContext,
        String defaultNamespace,
        String profilesNamespace,
        boolean allNamespaces,
        Set<String> furtherNamespaces,
        Set<String> protectedNamespaces,
        ServiceAccounts protectedAccounts,
        String imagePullPolicy,
        boolean httpProbe,
        boolean nonRootUser,
        ProbeConfig readiness,
        ProbeConfig liveness,
        boolean directFunctions,
        boolean customResources,
        boolean isElected,
        IngressConfig ingress,
        int maxReplicas,
        Duration requestTimeout,
        Duration changeWait,
        Duration startWait,
        int concurrentChanges,
        int waitingChanges,
        int logStreams) {
    private static final Set<String> PULL_POLICIES = Set.of("Always", "IfNotPresent", "Never");

    public KubeConfig {
        furtherNamespaces = Set.copyOf(furtherNamespaces);
        protectedNamespaces = Set.copyOf(protectedNamespaces);
    }

    /** Reads the settings. */
    public static KubeConfig from(Settings settings) {
        String defaultNamespace =
                settings.text("function_namespace", "openfaas-fn", "the default namespace of functions");
        String profiles = settings.text(
                "profiles_namespace", "", "namespace in which Profiles are looked up; default function_namespace");
        return new KubeConfig(
                settings.text(
                        "KUBECONFIG", "", "file that says where the Kubernetes API is; default the account of the pod"),
                settings.text("SLUICE_KUBE_CONTEXT", "", "context within that file; default its current one"),
                defaultNamespace,
                profiles.isEmpty() ? defaultNamespace : profiles,
                settings.flag(
                        "cluster_role",
                        false,
                        "let functions live in every namespace that is marked, which needs rights on all of them"),
                namespaces(
                        settings,
                        "SLUICE_KUBE_NAMESPACES",
                        "namespaces of functions beside the default one, when cluster_role is false"),
                namespaces(
                        settings,
                        "SLUICE_KUBE_PROTECTED_NAMESPACES",
                        "namespaces never used for functions, beside those of Kubernetes, OpenShift and openfaas"),
                settings.parsed(
                        "SLUICE_AUTH_IAM_PROTECTED_SERVICE_ACCOUNTS",
                        "NAMESPACE:NAME with commas",
                        ServiceAccounts.NONE,
                        "service accounts that no function gets: a deploy that asks for one is refused with 403",
                        ServiceAccounts::parse),
                settings.parsed(
                        "image_pull_policy",
                        "Always, IfNotPresent or Never",
                        "Always",
                        "when the images of functions are pulled",
                        text -> Optional.of(text).filter(PULL_POLICIES::contains)),
                settings.flag(
                        "http_probe", false, "probe functions by HTTP on /_/health instead of by their lock file"),
                settings.flag("set_nonroot_user", false, "run functions as user 12000"),
                ProbeConfig.from(settings, "readiness", true),
                ProbeConfig.from(settings, "liveness", false),
                settings.flag(
                        "direct_functions",
                        false,
                        "call the address of a function's Service instead of its pods, for meshes that route by it"),
                settings.flag(
                        "SLUICE_KUBE_FUNCTIONS",
                        false,
                        "keep functions as Functions (openfaas.com/v1) too, and follow those that others write"),
                settings.flag(
                        "leader_election",
                        false,
                        "let one of several gateways at a time make what Functions and FunctionIngresses say, by a Lease"),
                IngressConfig.from(settings, profiles.isEmpty() ? defaultNamespace : profiles),
                settings.integer(
                        "SLUICE_KUBE_MAX_REPLICAS", 1_000, 1, 100_000, "replicas one function can be scaled to"),
                settings.duration(
                        "SLUICE_KUBE_REQUEST_TIMEOUT", Duration.ofSeconds(10), "of one request to the Kubernetes API"),
                settings.duration(
                        "SLUICE_KUBE_CHANGE_WAIT",
                        Duration.ofSeconds(10),
                        "how long a change may take to be seen by this gateway, and what is being deleted to be gone"),
                settings.duration(
                        "SLUICE_KUBE_START_WAIT",
                        Duration.ofSeconds(60),
                        "how long the start waits for the Kubernetes API"),
                settings.integer(
                        "SLUICE_KUBE_CHANGES", 16, 1, 256, "requests of clients to the Kubernetes API at once"),
                settings.integer(
                        "SLUICE_KUBE_WAITING_CHANGES",
                        256,
                        0,
                        10_000,
                        "requests of clients that wait for that; more are refused with 503"),
                settings.integer("SLUICE_KUBE_LOG_STREAMS", 50, 1, 1_000, "pods whose log one reader reads at once"));
    }

    private static Set<String> namespaces(Settings settings, String name, String meaning) {
        return settings.parsed(name, "names with commas", Names.NONE, meaning, Names::parse)
                .all();
    }

    /** Namespaces with commas between them; prints as one would write it. */
    private record Names(Set<String> all) {
        private static final Names NONE = new Names(Set.of());

        static Optional<Names> parse(String text) {
            Set<String> names = new TreeSet<>();
            Arrays.stream(text.split(",", -1))
                    .map(String::trim)
                    .filter(name -> !name.isEmpty())
                    .forEach(names::add);
            return Optional.of(new Names(names)).filter(n -> n.all.stream().allMatch(FunctionName::isLabel));
        }

        @Override
        public String toString() {
            return String.join(",", all);
        }
    }
}
