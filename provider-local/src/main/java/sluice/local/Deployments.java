package sluice.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionEnvironment;
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;
import sluice.core.FunctionStatus;
import sluice.core.RouteFeed;
import sluice.core.ScaleLabels;
import sluice.core.Secret;
import sluice.core.watch.CountedWatch;
import sluice.local.logs.FunctionLog;
import sluice.local.process.SecretFolder;
import sluice.local.store.FunctionStore;
import sluice.local.store.SecretStore;
import sluice.local.store.StoredFunction;

/** The functions of this machine. Every change is on disk before it happens. Control thread only; blocks. */
final class Deployments {
    private static final Logger log = LoggerFactory.getLogger(Deployments.class);

    private final LocalConfig config;
    private final FunctionStore store;
    private final SecretStore secrets;
    private final Machine machine;
    private final RouteFeed feed;
    private final CountedWatch watch;
    private final FunctionEnvironment environment;
    private final Replicas replicas;
    private final Map<FunctionName, DeployedFunction> functions = new TreeMap<>();
    private final AtomicLong versions = new AtomicLong();

    Deployments(
            LocalConfig config,
            FunctionStore store,
            SecretStore secrets,
            Machine machine,
            Threads threads,
            RouteFeed feed,
            CountedWatch watch,
            FunctionEnvironment environment) {
        this.environment = environment;
        this.config = config;
        this.store = store;
        this.secrets = secrets;
        this.machine = machine;
        this.feed = feed;
        this.watch = watch;
        this.replicas = new Replicas(config, machine, threads, this::publish);
    }

    /** Brings back what was stored; a function that cannot run any more stays, without replicas. */
    void load() throws IOException {
        for (StoredFunction stored : store.load()) {
            DeployedFunction function = add(stored);
            function.want(stored, versionOrNull(stored));
            publish(function);
        }
    }

    /** Creates or replaces. */
    void deploy(FunctionDeployment deployment) throws IOException {
        DeployedFunction existing = functions.get(deployment.name());
        RunSpec spec = check(deployment);
        int kept = existing == null ? 1 : existing.stored().replicas();
        boolean hasMinimum = ScaleLabels.from(deployment.labels()).min() > 0;
        int desired = existing == null || hasMinimum ? deployment.initialReplicas() : kept;
        requireReplicas("labels.com.openfaas.scale.min", desired, spec);
        Instant createdAt = existing == null
                ? Instant.now().truncatedTo(ChronoUnit.MILLIS)
                : existing.stored().createdAt();
        StoredFunction stored = new StoredFunction(deployment, desired, createdAt, generation(existing, deployment));
        DeployedFunction.Version version = versionFor(existing, stored, spec);
        store.write(stored);
        DeployedFunction function = existing == null ? add(stored) : existing;
        for (String shortcoming : machine.shortcomings(spec)) {
            log.warn("{}: {}", stored.name(), shortcoming);
        }
        function.want(stored, version);
        publish(function);
    }

    private static long generation(@Nullable DeployedFunction existing, FunctionDeployment wanted) {
        if (existing == null) {
            return 1;
        }
        StoredFunction before = existing.stored();
        return before.deployment().equals(wanted) ? before.generation() : before.generation() + 1;
    }

    /** Replaces what exists. */
    void update(FunctionDeployment deployment) throws IOException {
        DeployedFunction unused = require(deployment.name());
        deploy(deployment);
    }

    void remove(FunctionName name) throws IOException {
        DeployedFunction function = require(name);
        store.delete(name);
        functions.remove(name);
        feed.removed(name);
        watch.removed(name);
        function.remove();
    }

    void removeAll(String namespace) throws IOException {
        for (FunctionName name : List.copyOf(functions.keySet())) {
            if (name.namespace().equals(namespace)) {
                remove(name);
            }
        }
    }

    void scale(FunctionName name, int desired) throws IOException {
        DeployedFunction function = require(name);
        DeployedFunction.Version version = function.version();
        requireReplicas("replicas", desired, version == null ? null : version.spec());
        StoredFunction stored = function.stored().scaledTo(desired);
        store.write(stored);
        function.want(stored, version);
        publish(function);
    }

    List<FunctionStatus> list(String namespace) {
        return functions.values().stream()
                .filter(function -> function.name().namespace().equals(namespace))
                .map(DeployedFunction::status)
                .toList();
    }

    DeployedFunction require(FunctionName name) {
        DeployedFunction function = functions.get(name);
        if (function == null) {
            throw Failure.UNKNOWN_FUNCTION.in(Component.PROVIDER, "function " + name + " not found");
        }
        return function;
    }

    /** Shows a secret's new value to all who see it. */
    void secretChanged(Secret secret) throws IOException {
        for (DeployedFunction function : functions.values()) {
            if (function.name().namespace().equals(secret.id().namespace())) {
                function.secretChanged(secret);
            }
        }
    }

    /** Begins to end all replicas. */
    void stop() {
        functions.values().forEach(DeployedFunction::stop);
        replicas.alive().forEach(Replica::stop);
    }

    Replicas replicas() {
        return replicas;
    }

    private DeployedFunction add(StoredFunction stored) {
        CallSlots.Lane lane = replicas.lane();
        DeployedFunction function = new DeployedFunction(
                stored,
                new FunctionLog(stored.name(), config.logLines(), config.logBytes()),
                config.drainGrace(),
                (owner, version) -> replicas.make(owner, version, lane));
        functions.put(stored.name(), function);
        return function;
    }

    private void publish(DeployedFunction function) {
        if (functions.get(function.name()) == function) {
            feed.changed(function.route());
            watch.changed(
                    function.status(), uid(function.stored()), function.stored().generation());
        }
    }

    /** The same one for as long as it exists, and no other. */
    private String uid(StoredFunction function) {
        String text = machine.directoryId() + "/" + function.name() + "/" + function.createdAt();
        return UUID.nameUUIDFromBytes(text.getBytes(UTF_8)).toString();
    }

    private RunSpec check(FunctionDeployment deployment) throws IOException {
        FunctionSettings.validate(deployment);
        RunSpec spec = RunSpec.from(deployment, config.images(), environment);
        for (String secret : spec.secrets()) {
            if (!secrets.contains(new Secret.Id(secret, deployment.name().namespace()))) {
                throw Failure.INVALID_REQUEST.in(Component.PROVIDER, "unable to find secret: " + secret);
            }
        }
        return spec;
    }

    private void requireReplicas(String field, int desired, @Nullable RunSpec spec) {
        if (desired < 0 || desired > config.maxReplicas()) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER,
                    "validation failed: " + field + ": (" + desired + ") must be from 0 to " + config.maxReplicas());
        }
        if (spec != null && spec.fixedPort() > 0 && desired > 1) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER,
                    "validation failed: " + field + ": (" + desired + ") must be 0 or 1: upstream_url fixes the port");
        }
    }

    /** The version that is running if it does what is asked for, else a new one. */
    private DeployedFunction.Version versionFor(
            @Nullable DeployedFunction existing, StoredFunction stored, RunSpec spec) throws IOException {
        DeployedFunction.Version running = existing == null ? null : existing.version();
        return running != null && running.spec().equals(spec) ? running : newVersion(stored.name(), spec);
    }

    private DeployedFunction.Version newVersion(FunctionName name, RunSpec spec) throws IOException {
        SecretFolder folder =
                SecretFolder.create(machine.secretFolders(), name.qualified() + "-" + versions.incrementAndGet());
        for (String secret : spec.secrets()) {
            Secret.Id id = new Secret.Id(secret, name.namespace());
            if (secrets.contains(id)) {
                folder.put(secrets.read(id));
            } else {
                log.warn("{}: secret {} is gone", name, secret);
            }
        }
        return new DeployedFunction.Version(spec, folder);
    }

    private DeployedFunction.@Nullable Version versionOrNull(StoredFunction stored) throws IOException {
        try {
            return newVersion(stored.name(), RunSpec.from(stored.deployment(), config.images(), environment));
        } catch (FailureException e) {
            log.error("{} cannot run here any more: {}", stored.name(), e.text());
            return null;
        }
    }
}
