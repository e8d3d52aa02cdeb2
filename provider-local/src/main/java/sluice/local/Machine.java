package sluice.local;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import sluice.local.process.ControlGroups;
import sluice.local.process.Launcher;
import sluice.local.process.MountNamespaces;
import sluice.local.process.Orphans;
import sluice.local.process.PidRecords;
import sluice.local.process.Sandbox;
import sluice.local.process.Tether;
import sluice.local.process.Tools;
import sluice.local.store.DataDirectory;

/** What this machine offers to run processes with, found out once at start. Thread-safe; blocks. */
final class Machine implements Closeable {
    private static final Duration ORPHANS_BOUND = Duration.ofSeconds(5);

    private final DataDirectory data;
    private final String boot;
    private final Tools tools;
    private final ControlGroups groups;
    private final MountNamespaces namespaces;
    private final Tether tether;
    private final Launcher launcher;

    private Machine(
            DataDirectory data,
            String boot,
            Tools tools,
            ControlGroups groups,
            MountNamespaces namespaces,
            Tether tether,
            Launcher launcher) {
        this.data = data;
        this.boot = boot;
        this.tools = tools;
        this.groups = groups;
        this.namespaces = namespaces;
        this.tether = tether;
        this.launcher = launcher;
    }

    /** Ends what an earlier run left behind, then looks around. */
    static Machine open(DataDirectory data, LocalConfig config) throws IOException, InterruptedException {
        Tools tools = Tools.find();
        String boot = UUID.randomUUID().toString().substring(0, 8);
        PidRecords records = PidRecords.open(data.volatileState().resolve("pids"));
        new Orphans(data.id(), records).end(ORPHANS_BOUND);
        removeTree(data.volatileState().resolve("secrets"));
        ControlGroups groups =
                ControlGroups.open(Files.readAllLines(Path.of("/proc/mounts")), config.controlGroupParent(), data.id());
        MountNamespaces namespaces = config.usesMountNamespaces()
                ? MountNamespaces.probe(
                        tools, data.volatileState().resolve("probe"), identity(data, "-", "namespace", boot))
                : MountNamespaces.none(tools, "switched off");
        Tether tether = new Tether(tools, identity(data, "-", "tether", boot));
        return new Machine(data, boot, tools, groups, namespaces, tether, new Launcher(tether, records));
    }

    /** Tells this run of the gateway from all others. */
    String boot() {
        return boot;
    }

    /** Names the data directory among all of this machine. */
    String directoryId() {
        return data.id();
    }

    Launcher launcher() {
        return launcher;
    }

    /** Where folders of secrets are made. */
    Path secretFolders() {
        return data.volatileState().resolve("secrets");
    }

    /** Makes sandboxes for replicas of one version of {@code function}. */
    Surroundings.SandboxMaker sandboxes(String function, RunSpec spec, Path secrets) {
        return replica -> Sandbox.open(
                tools,
                namespaces,
                groups,
                new Sandbox.Plan(
                        replica,
                        identity(data, function, replica, boot),
                        spec.environment(),
                        spec.workingDirectory(),
                        secrets,
                        data.path(),
                        spec.limits(),
                        spec.isReadOnly()));
    }

    /** What works here and what does not, for people. */
    Map<String, String> capabilities() {
        Map<String, String> capabilities = new TreeMap<>();
        String obstacle = namespaces.obstacle();
        boolean areApart = obstacle == null;
        capabilities.put(
                "secrets",
                areApart
                        ? "in OPENFAAS_SECRETS_PATH, /var/openfaas/secrets and /run/secrets, seen by their function only"
                        : "in OPENFAAS_SECRETS_PATH only, and other functions can read them: no mount namespace ("
                                + obstacle + ")");
        capabilities.put(
                "readOnlyRootFilesystem",
                areApart ? "applied, /tmp stays writable" : "not applied: no mount namespace (" + obstacle + ")");
        capabilities.put(
                "limits.memory",
                groups.limitsMemory()
                        ? "applied per replica (control group)"
                        : "applied per process, to its data segment: no writable control group");
        capabilities.put(
                "limits.cpu",
                groups.limitsCpu() ? "applied per replica (control group)" : "not applied: no writable control group");
        capabilities.put("requests", "checked, not applied");
        capabilities.put("constraints", "not applied: there is one machine");
        return capabilities;
    }

    /** What {@code spec} asks for and does not get here, in words; empty when it gets all. */
    List<String> shortcomings(RunSpec spec) {
        Map<String, String> capabilities = capabilities();
        boolean areApart = namespaces.obstacle() == null;
        return Stream.of(
                        spec.secrets().isEmpty() || areApart ? "" : "secrets",
                        !spec.isReadOnly() || areApart ? "" : "readOnlyRootFilesystem",
                        spec.limits().memoryBytes() == 0 || groups.limitsMemory() ? "" : "limits.memory",
                        spec.limits().cpuMillis() == 0 || groups.limitsCpu() ? "" : "limits.cpu")
                .filter(name -> !name.isEmpty())
                .map(name -> name + ": " + Objects.requireNonNull(capabilities.get(name)))
                .toList();
    }

    /** All replicas must have stopped. */
    @Override
    public void close() throws IOException {
        tether.close();
        groups.close();
        removeTree(secretFolders());
        data.close();
    }

    private static String identity(DataDirectory data, String function, String replica, String boot) {
        return data.id() + "/" + function + "/" + replica + "/" + boot;
    }

    private static void removeTree(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
