package sluice.kube;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.GoDuration;
import sluice.core.Text;

/**
 * The Deployment and the Service that a function is made of, complete as they are applied. Replicas are not among what is
 * applied: whoever scales owns them.
 */
final class FunctionObjects {
    private static final long NON_ROOT_USER = 12_000;
    private static final long GRACE_BEYOND_WRITE_TIMEOUT = 2;
    private static final long STANDARD_WRITE_TIMEOUT = 30;

    private final KubeConfig config;
    private final FunctionProbes probes;

    FunctionObjects(KubeConfig config) {
        this.config = config;
        this.probes = new FunctionProbes(config);
    }

    /**
     * What a function's objects depend on beside its deployment.
     *
     * @param selector of the Deployment that exists, which can never change; empty for a new one
     * @param rollout differs from that of the pods that run when new ones are wanted; null before the first update
     * @param owner the Function behind it, or null
     */
    record Surroundings(
            SecretUse secrets,
            List<Profile> profiles,
            Map<String, String> selector,
            @Nullable String rollout,
            @Nullable OwnerReference owner) {
        Surroundings {
            profiles = List.copyOf(profiles);
            selector = Map.copyOf(selector);
        }
    }

    /**
     * Makes the Deployment.
     *
     * @throws sluice.core.FailureException that names the field from which none can be made
     */
    Deployment deployment(FunctionDeployment function, Surroundings around) {
        if (function.annotations().containsKey(Marks.SPEC)) {
            throw Marks.invalid("validation failed: annotations." + Marks.SPEC + ": is reserved");
        }
        String name = function.name().name();
        Map<String, String> annotations = annotations(function);
        Map<String, String> ownAnnotations = new TreeMap<>(annotations);
        ownAnnotations.put(Marks.SPEC, SubmittedSpec.toJson(function));
        Deployment deployment = new DeploymentBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(function.name().namespace())
                .withLabels(Map.of(Marks.FUNCTION, name))
                .withAnnotations(ownAnnotations)
                .endMetadata()
                .withNewSpec()
                .withRevisionHistoryLimit(10)
                .withNewSelector()
                .withMatchLabels(selector(name, around))
                .endSelector()
                .withNewStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withNewMaxUnavailable(0)
                .withNewMaxSurge(1)
                .endRollingUpdate()
                .endStrategy()
                .withNewTemplate()
                .withNewMetadata()
                .withName(name)
                .withLabels(podLabels(function, around))
                .withAnnotations(annotations)
                .endMetadata()
                .withSpec(pod(function, around.secrets()))
                .endTemplate()
                .endSpec()
                .build();
        if (around.owner() != null) {
            deployment.getMetadata().setOwnerReferences(List.of(around.owner()));
        }
        around.profiles().forEach(profile -> profile.applyTo(deployment.getSpec()));
        return deployment;
    }

    /** Makes the Service; its port is that of the watchdog. */
    Service service(FunctionDeployment function, Surroundings around) {
        String name = function.name().name();
        Service service = new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(function.name().namespace())
                .withAnnotations(annotations(function))
                .endMetadata()
                .withNewSpec()
                .withType("ClusterIP")
                .withSelector(Map.of(Marks.FUNCTION, name))
                .addNewPort()
                .withName(Marks.PORT_NAME)
                .withProtocol("TCP")
                .withPort(Marks.PORT)
                .withNewTargetPort(Marks.PORT)
                .endPort()
                .endSpec()
                .build();
        if (around.owner() != null) {
            service.getMetadata().setOwnerReferences(List.of(around.owner()));
        }
        return service;
    }

    private static Map<String, String> selector(String name, Surroundings around) {
        return around.selector().isEmpty() ? Map.of(Marks.FUNCTION, name) : around.selector();
    }

    private static Map<String, String> podLabels(FunctionDeployment function, Surroundings around) {
        Map<String, String> labels = new TreeMap<>(function.labels());
        labels.remove(Marks.UID);
        labels.putAll(around.selector());
        labels.put(Marks.FUNCTION, function.name().name());
        if (around.rollout() != null) {
            labels.put(Marks.UID, around.rollout());
        }
        return labels;
    }

    private static Map<String, String> annotations(FunctionDeployment function) {
        Map<String, String> annotations = new TreeMap<>(function.annotations());
        annotations.putIfAbsent(Marks.SCRAPE, "false");
        return annotations;
    }

    private PodSpec pod(FunctionDeployment function, SecretUse secrets) {
        String account = config.protectedAccounts().of(function);
        PodSpec pod = new PodSpecBuilder()
                .withRestartPolicy("Always")
                .withDnsPolicy("ClusterFirst")
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(gracePeriodSeconds(function))
                .withNodeSelector(nodeSelector(function.constraints()))
                .withImagePullSecrets(
                        secrets.pull().stream().map(LocalObjectReference::new).toList())
                .withVolumes(PodVolumes.volumes(function, secrets))
                .withContainers(container(function, secrets))
                .build();
        if (!account.isEmpty()) {
            pod.setServiceAccountName(account);
        }
        return pod;
    }

    private Container container(FunctionDeployment function, SecretUse secrets) {
        return new ContainerBuilder()
                .withName(function.name().name()) // logs are asked for by it
                .withImage(function.image())
                .withImagePullPolicy(config.imagePullPolicy())
                .addNewPort()
                .withName(Marks.PORT_NAME)
                .withContainerPort(Marks.PORT)
                .withProtocol("TCP")
                .endPort()
                .withEnv(environment(function))
                .withResources(FunctionResources.of(function))
                .withLivenessProbe(probes.liveness(function.annotations()))
                .withReadinessProbe(probes.readiness(function.annotations()))
                .withSecurityContext(securityContext(function))
                .withVolumeMounts(PodVolumes.mounts(function, secrets))
                .build();
    }

    private SecurityContext securityContext(FunctionDeployment function) {
        SecurityContextBuilder context = new SecurityContextBuilder()
                .withReadOnlyRootFilesystem(function.readOnlyRootFilesystem())
                .withAllowPrivilegeEscalation(false);
        if (config.nonRootUser()) {
            context.withRunAsUser(NON_ROOT_USER)
                    .withRunAsNonRoot(true)
                    .withNewCapabilities()
                    .withDrop("ALL")
                    .endCapabilities();
        }
        return context.build();
    }

    /** By name, since the order is part of the template; each name once. */
    private static List<EnvVar> environment(FunctionDeployment function) {
        Map<String, String> values = new TreeMap<>();
        values.put("OPENFAAS_NAME", function.name().name());
        values.put("OPENFAAS_NAMESPACE", function.name().namespace());
        if (function.envProcess() != null && !function.envProcess().isEmpty()) {
            values.put(Marks.FPROCESS, function.envProcess());
        }
        values.putAll(function.envVars());
        return values.entrySet().stream()
                .map(value -> new EnvVar(value.getKey(), value.getValue(), null))
                .toList();
    }

    /** Time for the last call to end: what the watchdog allows it and a little more. */
    private static long gracePeriodSeconds(FunctionDeployment function) {
        long writeTimeout = GoDuration.parseOrSeconds(function.envVars().getOrDefault("write_timeout", ""))
                .map(timeout -> timeout.toSeconds())
                .orElse(STANDARD_WRITE_TIMEOUT);
        return writeTimeout + GRACE_BEYOND_WRITE_TIMEOUT;
    }

    private static Map<String, String> nodeSelector(List<String> constraints) {
        Map<String, String> selector = new LinkedHashMap<>();
        for (String constraint : constraints) {
            String[] parts = constraint.split("=", -1);
            if (parts.length != 2
                    || parts[0].isBlank()
                    || parts[1].isBlank()
                    || parts[0].trim().endsWith("!")) {
                throw Marks.invalid(
                        "validation failed: constraints: (" + Text.printable(constraint) + ") must be KEY=VALUE");
            }
            selector.put(parts[0].trim(), parts[1].trim());
        }
        return selector;
    }
}
