package sluice.kube;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;
import sluice.core.ScaleLabels;
import sluice.core.Text;
import sluice.kube.FunctionObjects.Surroundings;

/**
 * Writes functions to the cluster by server-side apply, so that whoever owns other fields of a Deployment keeps them. Blocks;
 * one change of a function at a time.
 */
final class FunctionWrites {
    private static final long POLL_MILLIS = 100;
    private static final PatchContext SCALING = new PatchContext.Builder()
            .withPatchType(PatchType.JSON_MERGE)
            .withFieldManager(Marks.SCALE_MANAGER)
            .build();

    private final KubernetesClient client;
    private final KubeConfig config;
    private final FunctionObjects objects;
    private final Adoption adoption;
    private final Snapshot snapshot;
    private final CustomFunctions custom;
    private final Profiles profiles;

    FunctionWrites(
            KubernetesClient client, KubeConfig config, Snapshot snapshot, CustomFunctions custom, Profiles profiles) {
        this.client = client;
        this.config = config;
        this.objects = new FunctionObjects(config);
        this.adoption = new Adoption(client);
        this.snapshot = snapshot;
        this.custom = custom;
        this.profiles = profiles;
    }

    /** Creates or replaces the function; new pods come even if nothing differs. Returns once the watch has told of it. */
    void deploy(FunctionDeployment function) throws InterruptedException {
        FunctionSettings.validate(function);
        Deployment existing = existing(function.name());
        requireFunction(existing, function.name());
        write(function, existing);
    }

    /** As {@link #deploy}, for a function that exists. */
    void update(FunctionDeployment function) throws InterruptedException {
        FunctionSettings.validate(function);
        Deployment existing = existing(function.name());
        if (existing == null || !ReadBack.isFunction(existing.getMetadata())) {
            throw unknown(function.name());
        }
        write(function, existing);
    }

    void remove(FunctionName name) throws InterruptedException {
        Deployment existing = deployment(name).get();
        if (existing == null || existing.getMetadata().getDeletionTimestamp() != null) {
            throw unknown(name);
        }
        if (!ReadBack.isFunction(existing.getMetadata())) {
            throw Marks.invalid("Not a function: " + name.name());
        }
        if (config.customResources()) {
            custom.remove(name); // first, so that nobody makes the rest anew
        }
        deployment(name).withPropagationPolicy(DeletionPropagation.FOREGROUND).delete();
        client.services()
                .inNamespace(name.namespace())
                .withName(name.name())
                .withPropagationPolicy(DeletionPropagation.FOREGROUND)
                .delete();
        requireSeen(snapshot.awaitGone(name, existing.getMetadata().getUid(), config.changeWait()), name);
    }

    void scale(FunctionName name, int replicas) throws InterruptedException {
        if (replicas > config.maxReplicas()) {
            throw Marks.invalid("validation failed: replicas: (" + replicas + ") is above " + config.maxReplicas()
                    + " (SLUICE_KUBE_MAX_REPLICAS)");
        }
        if (snapshot.find(name) == null) {
            throw unknown(name);
        }
        try {
            requireSeen(snapshot.awaitSeen(setReplicas(name, replicas), config.changeWait()), name);
        } catch (KubernetesClientException e) {
            throw e.getCode() == 404 ? unknown(name) : ApiFailures.translate(e);
        }
    }

    /**
     * Makes the cluster look as a Function says; starts no new pods when nothing differs. Answers with the Deployment.
     *
     * @throws FailureException {@link Failure#CONFLICT} when the Deployment belongs to somebody else
     */
    Deployment reconcile(FunctionDeployment function, SecretUse secrets, List<Profile> profiles, OwnerReference owner)
            throws InterruptedException {
        Deployment existing = existing(function.name());
        requireFunction(existing, function.name());
        if (existing != null) {
            requireOwn(existing, owner);
        }
        return apply(function, secrets, profiles, existing, existing == null ? null : rollout(existing), owner);
    }

    private void write(FunctionDeployment function, @Nullable Deployment existing) throws InterruptedException {
        SecretUse secrets = secrets(function);
        List<Profile> found =
                profiles.of(function).stream().map(Profiles.Found::profile).toList();
        String rollout = existing == null ? null : Long.toString(System.nanoTime());
        OwnerReference owner = null;
        if (config.customResources()) {
            // What cannot be made is refused before it is written anywhere.
            Deployment unused = objects.deployment(function, new Surroundings(secrets, found, Map.of(), rollout, null));
            owner = custom.write(function);
        }
        Deployment written = apply(function, secrets, found, existing, rollout, owner);
        requireSeen(snapshot.awaitSeen(written, config.changeWait()), function.name());
    }

    private Deployment apply(
            FunctionDeployment function,
            SecretUse secrets,
            List<Profile> profiles,
            @Nullable Deployment existing,
            @Nullable String rollout,
            @Nullable OwnerReference owner) {
        Surroundings around =
                new Surroundings(secrets, profiles, existing == null ? Map.of() : selector(existing), rollout, owner);
        Deployment wanted = objects.deployment(function, around);
        Service service = objects.service(function, around);
        if (existing == null) {
            requireNoOtherService(function.name());
        } else {
            adoption.adopt(existing);
        }
        Deployment written = apply(wanted);
        int replicas = replicas(function, existing == null ? null : written);
        if (replicas != written.getSpec().getReplicas()) {
            written = setReplicas(function.name(), replicas);
        }
        applyService(service, existing == null);
        return written;
    }

    /** One that nobody owns is taken over. */
    private static void requireOwn(Deployment existing, OwnerReference owner) {
        boolean isForeign = existing.getMetadata().getOwnerReferences().stream()
                .anyMatch(each -> Boolean.TRUE.equals(each.getController())
                        && !each.getUid().equals(owner.getUid()));
        if (isForeign) {
            throw Failure.CONFLICT.in(
                    Component.PROVIDER,
                    "Resource \"" + owner.getName() + "\" already exists and is not managed by OpenFaaS");
        }
    }

    private static @Nullable String rollout(Deployment existing) {
        Map<String, String> labels =
                existing.getSpec().getTemplate().getMetadata().getLabels();
        return labels == null ? null : labels.get(Marks.UID);
    }

    private Deployment apply(Deployment wanted) {
        return client.resource(wanted)
                .fieldManager(Marks.FIELD_MANAGER)
                .forceConflicts()
                .serverSideApply();
    }

    /** A Deployment that nobody can reach is taken back, if it is a new one. */
    private void applyService(Service service, boolean isNew) {
        try {
            client.resource(service)
                    .fieldManager(Marks.FIELD_MANAGER)
                    .forceConflicts()
                    .serverSideApply();
        } catch (RuntimeException e) {
            if (isNew) {
                client.apps()
                        .deployments()
                        .inNamespace(service.getMetadata().getNamespace())
                        .withName(service.getMetadata().getName())
                        .withPropagationPolicy(DeletionPropagation.FOREGROUND)
                        .delete();
            }
            throw e;
        }
    }

    /** One that sleeps goes on sleeping, one above its minimum stays: whoever scaled it knows more than the one who deploys. */
    private static int replicas(FunctionDeployment function, @Nullable Deployment replaced) {
        if (replaced == null) {
            return function.initialReplicas();
        }
        int now = Objects.requireNonNullElse(replaced.getSpec().getReplicas(), 1);
        return now == 0 ? 0 : Math.max(now, ScaleLabels.from(function.labels()).min());
    }

    private Deployment setReplicas(FunctionName name, int replicas) {
        return deployment(name).patch(SCALING, "{\"spec\":{\"replicas\":" + replicas + "}}");
    }

    /** How it uses its secrets; one that does not exist is refused. */
    SecretUse secrets(FunctionDeployment function) {
        List<Secret> secrets = new ArrayList<>();
        for (String name : function.secrets()) {
            Secret secret = client.secrets()
                    .inNamespace(function.name().namespace())
                    .withName(name)
                    .get();
            if (secret == null) {
                throw Marks.invalid("unable to fetch secrets: secrets \"" + Text.printable(name) + "\" not found");
            }
            secrets.add(secret);
        }
        return SecretUse.of(secrets);
    }

    /** The Deployment of this name, waiting for one that is going to be gone. */
    private @Nullable Deployment existing(FunctionName name) throws InterruptedException {
        long deadline = System.nanoTime() + config.changeWait().toNanos();
        while (true) {
            Deployment existing = deployment(name).get();
            if (existing == null || existing.getMetadata().getDeletionTimestamp() == null) {
                return existing;
            }
            if (System.nanoTime() > deadline) {
                throw Failure.CONFLICT.in(
                        Component.PROVIDER,
                        "object is being deleted: deployments.apps \"" + name.name() + "\"; try again later");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private static void requireFunction(@Nullable Deployment existing, FunctionName name) {
        if (existing != null && !ReadBack.isFunction(existing.getMetadata())) {
            throw Failure.CONFLICT.in(
                    Component.PROVIDER, "deployments.apps \"" + name.name() + "\" already exists and is no function");
        }
    }

    private void requireNoOtherService(FunctionName name) {
        Service service = client.services()
                .inNamespace(name.namespace())
                .withName(name.name())
                .get();
        if (service != null
                && (service.getSpec().getSelector() == null
                        || !service.getSpec().getSelector().containsKey(Marks.FUNCTION))) {
            throw Failure.CONFLICT.in(
                    Component.PROVIDER, "services \"" + name.name() + "\" already exists and is no function's");
        }
    }

    private static void requireSeen(boolean isSeen, FunctionName name) {
        if (!isSeen) {
            throw Failure.UNAVAILABLE.in(
                    Component.PROVIDER,
                    "the change of " + name + " is stored, but this gateway does not hear of changes now");
        }
    }

    private static Map<String, String> selector(Deployment existing) {
        return existing.getSpec().getSelector().getMatchLabels();
    }

    private static FailureException unknown(FunctionName name) {
        return Failure.UNKNOWN_FUNCTION.in(
                Component.PROVIDER, "deployments.apps \"" + name.name() + "\" not found in " + name.namespace());
    }

    private RollableScalableResource<Deployment> deployment(FunctionName name) {
        return client.apps().deployments().inNamespace(name.namespace()).withName(name.name());
    }
}
