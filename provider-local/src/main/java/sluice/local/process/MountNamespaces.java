package sluice.local.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Whether and how replicas on this machine get mount namespaces of their own. */
public final class MountNamespaces {
    private final Tools tools;
    private final @Nullable String obstacle;

    private MountNamespaces(Tools tools, @Nullable String obstacle) {
        this.tools = tools;
        this.obstacle = obstacle;
    }

    /**
     * Tries one, with mount points made if they are missing (two empty directories, which stay). Blocks.
     *
     * @param scratch a directory of the gateway's own that may be hidden
     */
    public static MountNamespaces probe(Tools tools, Path scratch, String identity) {
        try {
            if (tools.nsenter() == null) {
                throw new IOException("nsenter is missing");
            }
            Files.createDirectories(MountNamespace.SECRETS);
            Files.createDirectories(MountNamespace.OLD_SECRETS);
            Path secrets = Files.createDirectories(scratch.resolve("secrets"));
            Path hidden = Files.createDirectories(scratch.resolve("hidden"));
            MountNamespace.Layout layout = new MountNamespace.Layout(secrets, hidden, Path.of("/"), true);
            MountNamespace.open(tools, layout, identity).close();
            return new MountNamespaces(tools, null);
        } catch (IOException e) {
            return none(tools, e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    /** None, because of {@code obstacle}. */
    public static MountNamespaces none(Tools tools, String obstacle) {
        return new MountNamespaces(tools, obstacle);
    }

    /** Why there are none, or null when there are. */
    public @Nullable String obstacle() {
        return obstacle;
    }

    /** A namespace, or null where there are none. Blocks. */
    @Nullable MountNamespace open(MountNamespace.Layout layout, String identity) throws IOException {
        return obstacle == null ? MountNamespace.open(tools, layout, identity) : null;
    }
}
