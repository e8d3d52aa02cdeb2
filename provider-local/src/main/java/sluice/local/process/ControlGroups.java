package sluice.local.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control groups of this data directory: {@code PARENT/sluice-ID/REPLICA} in the hierarchies that can limit memory
 * and CPU, version 2 or the separate ones of version 1 (Linux, admin-guide/cgroup-v2 and cgroup-v1). Blocks.
 */
public final class ControlGroups {
    private static final Logger log = LoggerFactory.getLogger(ControlGroups.class);

    private final List<Hierarchy> hierarchies;

    private ControlGroups(List<Hierarchy> hierarchies) {
        this.hierarchies = hierarchies;
    }

    /** A resource that groups can limit. */
    enum Controller {
        MEMORY("memory"),
        CPU("cpu");

        private final String kernelName;

        Controller(String kernelName) {
            this.kernelName = kernelName;
        }
    }

    /**
     * Our place in one mounted hierarchy.
     *
     * @param isUnified version 2
     */
    record Hierarchy(Path root, boolean isUnified, List<Controller> controllers) {}

    /**
     * Finds hierarchies in which groups can be made, and removes groups that an earlier run has left.
     *
     * @param mounts as in {@code /proc/mounts}
     * @param parent path of the group within each hierarchy under which ours are made; empty for the top
     */
    public static ControlGroups open(List<String> mounts, String parent, String id) {
        List<Hierarchy> usable = new ArrayList<>();
        for (String mount : mounts) {
            String[] field = mount.split(" ", -1);
            if (field.length < 4 || !field[2].startsWith("cgroup")) {
                continue;
            }
            Path top = Path.of(field[1]).resolve(parent.replaceFirst("^/+", ""));
            try {
                boolean isUnified = field[2].equals("cgroup2");
                List<Controller> controllers = isUnified ? enabled(top) : listed(List.of(field[3].split(",", -1)));
                if (!controllers.isEmpty()) {
                    usable.add(tried(new Hierarchy(top.resolve("sluice-" + id), isUnified, controllers)));
                }
            } catch (IOException e) {
                log.info("no control groups in {}: {}", top, e.toString());
            }
        }
        return new ControlGroups(usable);
    }

    /** Whether groups here can limit memory. */
    public boolean limitsMemory() {
        return limits(Controller.MEMORY);
    }

    /** Whether groups here can limit CPU. */
    public boolean limitsCpu() {
        return limits(Controller.CPU);
    }

    /** A group for one replica; it limits what {@link #limitsMemory} and {@link #limitsCpu} allow. */
    ControlGroup create(String replica, Limits limits) throws IOException {
        ControlGroup group = new ControlGroup();
        for (Hierarchy hierarchy : hierarchies) {
            boolean isWanted = (limits.memoryBytes() > 0 && hierarchy.controllers.contains(Controller.MEMORY))
                    || (limits.cpuMillis() > 0 && hierarchy.controllers.contains(Controller.CPU));
            if (isWanted) {
                make(hierarchy);
                group.add(hierarchy, hierarchy.root.resolve(replica), limits);
            }
        }
        return group;
    }

    /** Removes our part of each hierarchy; groups with processes stay. */
    public void close() {
        hierarchies.forEach(hierarchy -> removeTree(hierarchy.root));
    }

    private boolean limits(Controller controller) {
        return hierarchies.stream().anyMatch(hierarchy -> hierarchy.controllers.contains(controller));
    }

    private static List<Controller> listed(List<String> names) {
        return List.of(Controller.values()).stream()
                .filter(controller -> names.contains(controller.kernelName))
                .toList();
    }

    private static List<Controller> enabled(Path top) throws IOException {
        List<Controller> there = listed(List.of(
                Files.readString(top.resolve("cgroup.controllers")).trim().split(" ", -1)));
        enable(top, there);
        return there;
    }

    /** Made once, then removed again: a machine is not littered before there is something to limit. */
    private static Hierarchy tried(Hierarchy hierarchy) throws IOException {
        removeTree(hierarchy.root);
        make(hierarchy);
        removeTree(hierarchy.root);
        return hierarchy;
    }

    private static synchronized void make(Hierarchy hierarchy) throws IOException {
        if (!Files.isDirectory(hierarchy.root)) {
            Files.createDirectory(hierarchy.root);
            if (hierarchy.isUnified) {
                enable(hierarchy.root, hierarchy.controllers);
            }
        }
    }

    private static void enable(Path group, List<Controller> controllers) throws IOException {
        for (Controller controller : controllers) {
            Files.writeString(group.resolve("cgroup.subtree_control"), "+" + controller.kernelName);
        }
    }

    private static void removeTree(Path root) {
        if (!Files.isDirectory(root)) {
            return;
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(root, Files::isDirectory)) {
            for (Path child : children) {
                Files.delete(child);
            }
        } catch (IOException e) {
            log.warn("control groups stay behind: {}", e.toString());
            return;
        }
        if (!root.toFile().delete()) {
            log.warn("control group stays behind: {}", root);
        }
    }
}
