package sluice.local.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * A private view of the file system for one replica, kept by a process that waits in it. In this view the function's
 * secrets, and nobody else's, are at {@code /var/openfaas/secrets} and {@code /run/secrets}; the gateway's data directory
 * is hidden but for the working directory; and everything but {@code /tmp} is read-only if that was asked for.
 *
 * <p>A function that runs as root can undo this if it sets out to: it keeps honest functions apart, not hostile ones.
 */
final class MountNamespace implements Closeable {
    /** Where functions look for their secrets (OpenFaaS). */
    static final Path SECRETS = Path.of("/var/openfaas/secrets");
    /** Where functions older than OpenFaaS 0.8.2 look. */
    static final Path OLD_SECRETS = Path.of("/run/secrets");

    private final Process holder;

    private MountNamespace(Process holder) {
        this.holder = holder;
    }

    /**
     * What is seen in the namespace.
     *
     * @param secrets directory with this function's secrets
     * @param hidden directory whose content is not seen
     * @param workingDirectory of the function; seen although it may lie in {@code hidden}
     * @param mark found in the mount table of every process in the namespace
     */
    record Layout(Path secrets, Path hidden, Path workingDirectory, boolean isReadOnly, String mark) {}

    /** Makes a namespace, kept by a process with this {@link Sandbox#MARKER}, and returns once it is laid out. Blocks. */
    static MountNamespace open(Tools tools, Layout layout, String identity) throws IOException {
        if (tools.unshare() == null) {
            throw new IOException("unshare is missing");
        }
        boolean isInside =
                layout.workingDirectory.startsWith(layout.hidden) && !layout.workingDirectory.equals(layout.hidden);
        ProcessBuilder builder = new ProcessBuilder(List.of(
                tools.setsid(),
                tools.unshare(),
                "--mount",
                "--propagation",
                "private",
                tools.sh(),
                "-c",
                Script.NAMESPACE.text(),
                "sluice-namespace",
                layout.secrets.toString(),
                layout.hidden.toString(),
                isInside ? layout.workingDirectory.toString() : "",
                layout.isReadOnly ? "ro" : "",
                layout.mark));
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", Sandbox.PATH, Sandbox.MARKER, identity));
        builder.redirectErrorStream(true);
        Process holder = builder.start();
        awaitReady(holder);
        return new MountNamespace(holder);
    }

    /** The process that keeps the namespace; it must outlive the function's own. */
    long keeper() {
        return holder.pid();
    }

    /** Arguments of nsenter that name this namespace. */
    List<String> entry() {
        return List.of("--mount=/proc/" + holder.pid() + "/ns/mnt");
    }

    @Override
    public void close() throws IOException {
        holder.destroyForcibly(); // the mounts go with the last process in the namespace
        holder.getOutputStream().close();
    }

    private static void awaitReady(Process holder) throws IOException {
        StringJoiner said = new StringJoiner("; ");
        BufferedReader output = new BufferedReader(new InputStreamReader(holder.getInputStream(), UTF_8));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.equals("ready")) {
                return;
            }
            said.add(line);
        }
        throw new IOException(said.toString());
    }
}
