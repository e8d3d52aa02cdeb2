package sluice.local;

import java.nio.file.Path;
import java.time.Duration;
import sluice.core.Settings;

/**
 * Settings of the local provider.
 *
 * @param dataDirectory where functions, secrets and namespaces are kept
 * @param images where an image's files are looked for
 * @param maxReplicas replicas one function may be scaled to
 * @param callsPerFunction processes one classic function may have at once
 * @param callsInAll processes all classic functions may have at once
 * @param waitingCalls calls of one classic function that may wait for a process
 * @param drainGrace how long a leaving replica may finish its calls
 * @param stopGrace from SIGTERM to SIGKILL
 * @param logLines lines kept per replica
 * @param logBytes bytes kept per replica
 * @param usesMountNamespaces whether replicas get a file system view of their own where the system lets us
 * @param controlGroupParent path within the control group hierarchies under which our groups are made
 */
public record LocalConfig(
        Path dataDirectory,
        Path images,
        String defaultNamespace,
        int maxReplicas,
        int callsPerFunction,
        int callsInAll,
        int waitingCalls,
        Duration drainGrace,
        Duration stopGrace,
        int logLines,
        long logBytes,
        boolean usesMountNamespaces,
        String controlGroupParent) {
    /** Reads the settings of a gateway that keeps its state in {@code dataDirectory}. */
    public static LocalConfig from(Settings settings, Path dataDirectory) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new LocalConfig(
                dataDirectory,
                Path.of(settings.text(
                        "SLUICE_LOCAL_IMAGES",
                        dataDirectory.resolve("images").toString(),
                        "directory in which the files of an image are looked for, under its reference without tag")),
                settings.text("function_namespace", "openfaas-fn", "the default namespace of functions"),
                settings.integer("SLUICE_LOCAL_MAX_REPLICAS", 20, 1, 1_000, "replicas one function can be scaled to"),
                above0(
                        settings.integer(
                                "SLUICE_LOCAL_CALLS_PER_FUNCTION",
                                0,
                                0,
                                10_000,
                                "processes that run at once for one function in classic mode; 0: 4 per core"),
                        4 * cores),
                above0(
                        settings.integer(
                                "SLUICE_LOCAL_CALLS",
                                0,
                                0,
                                10_000,
                                "processes that run at once for all functions in classic mode; 0: 16 per core"),
                        16 * cores),
                settings.integer(
                        "SLUICE_LOCAL_WAITING_CALLS",
                        1_000,
                        0,
                        100_000,
                        "calls of one classic function that wait for a process; more are refused with 429"),
                settings.duration(
                        "SLUICE_LOCAL_DRAIN_GRACE",
                        Duration.ofSeconds(30),
                        "how long a replica that leaves may finish its calls"),
                settings.duration(
                        "SLUICE_LOCAL_STOP_GRACE", Duration.ofSeconds(5), "from SIGTERM to SIGKILL for a replica"),
                settings.integer("SLUICE_LOCAL_LOG_LINES", 10_000, 1, 1_000_000, "log lines kept per replica"),
                settings.bytes(
                        "SLUICE_LOCAL_LOG_BYTES", 1 << 20, 1 << 10, 1 << 30, "bytes of log lines kept per replica"),
                settings.flag(
                        "SLUICE_LOCAL_MOUNT_NAMESPACES",
                        true,
                        "give each replica its own view of the file system, where the system lets us"),
                settings.text(
                        "SLUICE_LOCAL_CGROUP",
                        "",
                        "control group under which groups for limits are made; default the top of each hierarchy"));
    }

    /** The documented default is the same on every machine, what it means is not. */
    private static int above0(int asked, int otherwise) {
        return asked > 0 ? asked : otherwise;
    }
}
