package sluice.fleet.nats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.fleet.FleetMember;

class MemberFileTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void keepsTheId_andRaisesTheEpoch() throws Exception {
        FleetMember first = MemberFile.next(directory, Set.of("worker"));
        FleetMember second = MemberFile.next(directory, Set.of("gateway"));
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.epoch()).isEqualTo(first.epoch() + 1);
        assertThat(second.roles()).containsExactly("gateway");
    }

    @Test
    void beginsAnew_whenTheFileIsNoneOfOurs() throws Exception {
        Files.writeString(directory.resolve("member"), "what");
        assertThat(MemberFile.next(directory, Set.of()).epoch()).isEqualTo(1);
    }
}
