package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;
import sluice.core.FunctionStatus;
import sluice.core.RouteChange;

/**
 * Makes of each Function (openfaas.com/v1) a Deployment and a Service, and writes into its status how that went. Works from
 * what the watches have told; what fails is tried again by {@link RetryQueue}. One function at a time.
 */
final class FunctionController implements ResourceEventHandler<GenericKubernetesResource> {
    private static final Logger log = LoggerFactory.getLogger(FunctionController.class);

    private final FunctionWrites writes;
    private final CustomFunctions custom;
    private final Profiles profiles;
    private final FunctionEvents events;
    private final Snapshot snapshot;
    private final ControlThreads threads;
    private final RetryQueue<FunctionName> queue;
    private final Map<FunctionName, GenericKubernetesResource> functions = new ConcurrentHashMap<>();
    private final Map<FunctionName, List<Profiles.Found>> used = new ConcurrentHashMap<>();
    private final Set<FunctionName> stale = ConcurrentHashMap.newKeySet(); // to be made anew, whatever it looks like
    private volatile boolean isLeading;

    FunctionController(
            FunctionWrites writes,
            CustomFunctions custom,
            Profiles profiles,
            FunctionEvents events,
            Snapshot snapshot,
            ControlThreads threads) {
        this.writes = writes;
        this.custom = custom;
        this.profiles = profiles;
        this.events = events;
        this.snapshot = snapshot;
        this.threads = threads;
        this.queue = new RetryQueue<>("kube-functions", this::reconcile);
    }

    /** Whether this gateway is the one that follows Functions; it begins with all of them. */
    void lead(boolean isLeading) {
        this.isLeading = isLeading;
        if (isLeading) {
            log.info("following {} Functions", functions.size());
            everything();
        }
    }

    /** Looks at all Functions again, such as now and then, for what nobody has told. */
    void everything() {
        functions.keySet().forEach(this::makeAnew);
    }

    @Override
    public void onAdd(GenericKubernetesResource function) {
        seen(function);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
        seen(now);
    }

    /** What was made of it is owned by it, and goes by garbage collection. */
    @Override
    public void onDelete(GenericKubernetesResource function, boolean isGuessed) {
        FunctionName name = name(function);
        if (name != null) {
            functions.remove(name);
            used.remove(name);
            stale.remove(name);
        }
    }

    /** A Deployment or its pods changed: the status says so, and what is not as the spec says is put right. */
    void changed(RouteChange change) {
        if (change instanceof RouteChange.Changed changed) {
            queue.add(changed.status().name());
        } else if (change instanceof RouteChange.Removed removed) {
            queue.add(removed.last().name());
        }
    }

    /** Functions that name this Profile are made anew. */
    void profileChanged(String profile) {
        functions.forEach((name, function) -> {
            FunctionDeployment wanted = wanted(name, function);
            if (wanted != null && Profiles.namesIn(wanted).contains(profile)) {
                makeAnew(name);
            }
        });
    }

    void close() {
        queue.close();
    }

    private void makeAnew(FunctionName name) {
        stale.add(name);
        queue.add(name);
    }

    private void seen(GenericKubernetesResource function) {
        FunctionName name = name(function);
        if (name != null) {
            functions.put(name, function);
            queue.add(name);
        }
    }

    private static @Nullable FunctionName name(HasMetadata function) {
        String name = function.getMetadata().getName();
        return FunctionName.isLabel(name)
                ? new FunctionName(name, function.getMetadata().getNamespace())
                : null;
    }

    /** Null for a spec that no CRD has checked. */
    private static @Nullable FunctionDeployment wanted(FunctionName name, GenericKubernetesResource function) {
        try {
            return SubmittedSpec.fromMap(map(function, "spec"), name);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** True when it is as it should be for now; false to be asked again later. */
    private boolean reconcile(FunctionName name) throws InterruptedException {
        GenericKubernetesResource function = functions.get(name);
        if (!isLeading || function == null || function.getMetadata().getDeletionTimestamp() != null) {
            return true;
        }
        try {
            threads.locked(name, () -> reconcile(name, function));
            return true;
        } catch (Stalled e) {
            tellStalled(name, function, e);
        } catch (KubernetesClientException e) {
            log.warn("{} is not as its Function says: {}", name, String.valueOf(e.getMessage()));
        } catch (FailureException e) {
            log.warn("{} is not as its Function says: {}", name, e.text());
        }
        stale.add(name);
        return false;
    }

    private void reconcile(FunctionName name, GenericKubernetesResource function) throws InterruptedException {
        FunctionDeployment wanted = wanted(name, function);
        if (wanted == null
                || wanted.image().isEmpty()
                || !name.name().equals(map(function, "spec").get("name"))) {
            throw new Stalled(
                    "NameMismatch", "spec.name must be metadata.name, and every field of spec what its type says");
        }
        boolean isStale = stale.remove(name); // before anything is read: what changes later is looked at again
        List<Profiles.Found> known = used.get(name);
        FunctionStatus now = snapshot.find(name);
        if (!isStale && known != null && now != null && now.deployment().equals(wanted)) {
            writeStatus(name, function, now.replicas(), now.availableReplicas(), known);
            return;
        }
        boolean unused = step("InvalidSpec", () -> {
            FunctionSettings.validate(wanted);
            return true;
        });
        List<Profiles.Found> found = step("ProfileMissing", () -> profiles.of(wanted));
        SecretUse secrets = step("SecretMissing", () -> writes.secrets(wanted));
        Deployment written;
        try {
            written = writes.reconcile(
                    wanted,
                    secrets,
                    found.stream().map(Profiles.Found::profile).toList(),
                    CustomFunctions.owner(function));
        } catch (FailureException e) {
            throw refused(e, "InvalidSpec");
        }
        used.put(name, found);
        if (now == null || !now.deployment().equals(wanted)) {
            events.normal(function, "Synced", "Function synced successfully");
        }
        Integer available =
                written.getStatus() == null ? null : written.getStatus().getAvailableReplicas();
        writeStatus(
                name,
                function,
                Objects.requireNonNullElse(written.getSpec().getReplicas(), 1),
                available == null ? 0 : available,
                found);
    }

    private void writeStatus(
            FunctionName name,
            GenericKubernetesResource function,
            int replicas,
            int available,
            List<Profiles.Found> found) {
        Map<String, Object> before = map(function, "status");
        Map<String, Object> status = Conditions.ready(generation(function), replicas, available, found, before);
        if (Conditions.differ(status, before)) {
            custom.writeStatus(name, status);
        }
    }

    private void tellStalled(FunctionName name, GenericKubernetesResource function, Stalled why) {
        Map<String, Object> before = map(function, "status");
        String message = Objects.requireNonNullElse(why.getMessage(), "");
        Map<String, Object> status = Conditions.stalled(generation(function), why.reason, message, before);
        if (Conditions.differ(status, before)) {
            try {
                custom.writeStatus(name, status);
                events.warning(function, why.reason, message);
            } catch (KubernetesClientException e) {
                log.warn("cannot write the status of {}: {}", name, String.valueOf(e.getMessage()));
            }
        }
    }

    private static <T> T step(String reason, Supplier<T> step) {
        try {
            return step.get();
        } catch (FailureException e) {
            throw refused(e, reason);
        }
    }

    /** What only changes when somebody changes something is told in the status; other failures are only tried again. */
    private static RuntimeException refused(FailureException e, String reason) {
        return switch (e.failure()) {
            case INVALID_REQUEST -> new Stalled(reason, e.text());
            case CONFLICT -> new Stalled("ErrResourceExists", e.text());
            default -> e;
        };
    }

    private static long generation(GenericKubernetesResource function) {
        return Objects.requireNonNullElse(function.getMetadata().getGeneration(), 0L);
    }

    private static Map<String, Object> map(GenericKubernetesResource function, String field) {
        return Trees.map(function.getAdditionalProperties().get(field));
    }

    /** Cannot go on until somebody changes something. */
    private static final class Stalled extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String reason;

        Stalled(String reason, String message) {
            super(message, null, false, false);
            this.reason = reason;
        }
    }
}
