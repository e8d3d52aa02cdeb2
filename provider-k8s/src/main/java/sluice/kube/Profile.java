package sluice.kube;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodDNSConfig;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpec;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a Profile (openfaas.com/v1) adds to the pods of the functions that name it. Pods are built anew each time, so that
 * a Profile that is no longer named leaves nothing behind.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Profile(
        @Nullable List<Toleration> tolerations,
        @Nullable String runtimeClassName,
        @Nullable PodSecurityContext podSecurityContext,
        @Nullable Affinity affinity,
        @Nullable List<TopologySpreadConstraint> topologySpreadConstraints,
        @Nullable String dnsPolicy,
        @Nullable PodDNSConfig dnsConfig,
        @Nullable ResourceRequirements resources,
        @Nullable String priorityClassName,
        @Nullable DeploymentStrategy strategy) {
    /** Changes {@code deployment}, whose first container is the function's. */
    void applyTo(DeploymentSpec deployment) {
        PodSpec pod = deployment.getTemplate().getSpec();
        pod.setTolerations(joined(pod.getTolerations(), tolerations));
        pod.setTopologySpreadConstraints(joined(pod.getTopologySpreadConstraints(), topologySpreadConstraints));
        if (runtimeClassName != null) {
            pod.setRuntimeClassName(runtimeClassName);
        }
        if (podSecurityContext != null) {
            pod.setSecurityContext(
                    Merging.merge(pod.getSecurityContext(), podSecurityContext, PodSecurityContext.class));
        }
        if (affinity != null) {
            pod.setAffinity(affinity);
        }
        if (dnsPolicy != null) {
            pod.setDnsPolicy(dnsPolicy);
        }
        if (dnsConfig != null) {
            pod.setDnsConfig(Merging.merge(pod.getDnsConfig(), dnsConfig, PodDNSConfig.class));
        }
        if (priorityClassName != null) {
            pod.setPriorityClassName(priorityClassName);
        }
        if (resources != null) {
            addTo(pod.getContainers().get(0));
        }
        if (strategy != null && "Recreate".equals(strategy.getType())) { // the only one that may be chosen
            deployment.setStrategy(strategy);
        }
    }

    /** The function's own word wins. */
    private void addTo(Container container) {
        ResourceRequirements own = container.getResources();
        ResourceRequirements added = resources == null ? new ResourceRequirements() : resources;
        own.setLimits(under(own.getLimits(), added.getLimits()));
        own.setRequests(under(own.getRequests(), added.getRequests()));
        if (added.getClaims() != null && !added.getClaims().isEmpty()) {
            own.setClaims(added.getClaims());
        }
    }

    private static Map<String, Quantity> under(
            @Nullable Map<String, Quantity> own, @Nullable Map<String, Quantity> added) {
        Map<String, Quantity> all = new TreeMap<>(added == null ? Map.of() : added);
        all.putAll(own == null ? Map.of() : own);
        return all;
    }

    private static <T> List<T> joined(@Nullable List<T> first, @Nullable List<T> second) {
        List<T> all = new ArrayList<>(first == null ? List.of() : first);
        if (second != null) {
            second.stream().filter(each -> !all.contains(each)).forEach(all::add);
        }
        return all;
    }
}
