package sluice.local.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written where, on directories that look like the kernel's; {@code LimitsTest} has the kernel's own. */
class ControlGroupsTest {
    @TempDir
    Path root;

    @Test
    void usesTheUnifiedHierarchy() throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
        ControlGroups groups = ControlGroups.open(List.of("cgroup2 " + root + " cgroup2 rw,nosuid 0 0"), "", "id");

        ControlGroup group = groups.create("wc-1", new Limits(64 << 20, 250));

        Path ours = root.resolve("sluice-id/wc-1");
        assertThat(groups.limitsMemory()).isTrue();
        assertThat(groups.limitsCpu()).isTrue();
        assertThat(group.directories()).containsExactly(ours);
        assertThat(ours.resolve("memory.max")).hasContent("67108864");
        assertThat(ours.resolve("cpu.max")).hasContent("25000 100000");
        assertThat(root.resolve("cgroup.subtree_control")).exists();
        assertThat(root.resolve("sluice-id/cgroup.subtree_control")).exists();
    }

    @Test
    void usesTheSeparateHierarchiesOfVersionOne() throws IOException {
        Path memory = Files.createDirectories(root.resolve("memory"));
        Path cpu = Files.createDirectories(root.resolve("cpu,cpuacct"));
        ControlGroups groups = ControlGroups.open(
                List.of(
                        "cgroup " + memory + " cgroup rw,relatime,memory 0 0",
                        "cgroup " + cpu + " cgroup rw,relatime,cpu,cpuacct 0 0",
                        "cgroup " + root + " cgroup rw,relatime,pids 0 0"),
                "",
                "id");

        ControlGroup group = groups.create("wc-1", new Limits(64 << 20, 1));

        assertThat(group.directories())
                .containsExactly(memory.resolve("sluice-id/wc-1"), cpu.resolve("sluice-id/wc-1"));
        assertThat(memory.resolve("sluice-id/wc-1/memory.limit_in_bytes")).hasContent("67108864");
        assertThat(cpu.resolve("sluice-id/wc-1/cpu.cfs_quota_us")).hasContent("1000"); // the least there is
    }

    @Test
    void makesNoGroup_whereNothingIsLimited() throws IOException {
        ControlGroups groups =
                ControlGroups.open(List.of("cgroup " + root + " cgroup rw,relatime,memory 0 0"), "", "id");

        assertThat(groups.create("wc-1", new Limits(0, 500)).directories()).isEmpty();
        assertThat(groups.limitsCpu()).isFalse();
    }

    @Test
    void limitsNothing_whereItsParentIsMissing() {
        ControlGroups groups =
                ControlGroups.open(List.of("cgroup " + root + " cgroup rw,relatime,memory 0 0"), "missing", "id");

        assertThat(groups.limitsMemory()).isFalse();
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void removesGroupsOfAnEarlierRun() throws IOException {
        Path old = Files.createDirectories(root.resolve("sluice-id/wc-0"));

        ControlGroups groups =
                ControlGroups.open(List.of("cgroup " + root + " cgroup rw,relatime,memory 0 0"), "", "id");

        assertThat(old).doesNotExist();
        groups.close();
        assertThat(root).isEmptyDirectory();
    }
}
