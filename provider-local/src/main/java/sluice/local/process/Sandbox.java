package sluice.local.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the processes of one replica run: their environment, working directory, view of the file system and limits.
 * Nothing of the gateway's own environment is in there. Thread-safe; blocks.
 */
public final class Sandbox {
    /** The variable that names the replica a process belongs to; its descendants inherit it. */
    public static final String MARKER = "SLUICE_REPLICA";

    static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final Logger log = LoggerFactory.getLogger(Sandbox.class);

    private final Tools tools;
    private final Plan plan;
    private final @Nullable MountNamespace namespace;
    private final ControlGroup group;
    private final long dataLimitKib;

    private Sandbox(Tools tools, Plan plan, @Nullable MountNamespace namespace, ControlGroup group, long dataLimitKib) {
        this.tools = tools;
        this.plan = plan;
        this.namespace = namespace;
        this.group = group;
        this.dataLimitKib = dataLimitKib;
    }

    /**
     * What a sandbox is to be.
     *
     * @param replica its name, used for its control group too
     * @param identity value of {@link #MARKER}
     * @param environment the function's own variables
     * @param workingDirectory an existing directory
     */
    public record Plan(
            String replica,
            String identity,
            Map<String, String> environment,
            Path workingDirectory,
            Path secrets,
            Path dataDirectory,
            Limits limits,
            boolean isReadOnly) {}

    /** The {@code PATH} that a function with these variables has. */
    public static String searchPath(Map<String, String> environment) {
        return environment.getOrDefault("PATH", PATH);
    }

    /** Sets the sandbox up, as far as this machine can. */
    public static Sandbox open(Tools tools, MountNamespaces namespaces, ControlGroups groups, Plan plan)
            throws IOException {
        MountNamespace namespace = namespaces.open(
                new MountNamespace.Layout(plan.secrets, plan.dataDirectory, plan.workingDirectory, plan.isReadOnly),
                plan.identity);
        try {
            long memory = groups.limitsMemory() ? 0 : plan.limits.memoryBytes();
            return new Sandbox(
                    tools, plan, namespace, groups.create(plan.replica, plan.limits), (memory + 1023) / 1024);
        } catch (IOException e) {
            if (namespace != null) {
                namespace.close();
            }
            throw e;
        }
    }

    /** A builder for a process that leads a session of its own in this sandbox. */
    ProcessBuilder prepare(List<String> command, Map<String, String> more) {
        List<String> line = new ArrayList<>(List.of(tools.setsid()));
        if (namespace != null && tools.nsenter() != null) {
            line.add(tools.nsenter());
            line.addAll(namespace.entry());
        }
        if (namespace != null || dataLimitKib > 0 || !group.directories().isEmpty()) {
            line.addAll(List.of(tools.sh(), "-c", Script.ENTER.text(), "sluice-enter"));
            line.add(plan.workingDirectory.toString());
            line.add(Long.toString(dataLimitKib));
            group.directories().forEach(directory -> line.add(directory.toString()));
            line.add("--");
        }
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line).directory(plan.workingDirectory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment());
        builder.environment().putAll(more);
        builder.environment().put(MARKER, plan.identity);
        return builder;
    }

    /** Ends the namespace and the group; the processes must have ended before. */
    public void close() {
        try {
            if (namespace != null) {
                namespace.close();
            }
            group.remove();
        } catch (IOException e) {
            log.warn("{}: {}", plan.replica, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", PATH);
        environment.put("HOME", "/tmp");
        environment.putAll(plan.environment);
        Path secrets = namespace == null ? plan.secrets : MountNamespace.SECRETS;
        environment.put("OPENFAAS_SECRETS_PATH", secrets.toString());
        return environment;
    }
}
