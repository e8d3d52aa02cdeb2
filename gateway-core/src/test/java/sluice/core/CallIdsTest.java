package sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CallIdsTest {
    @Test
    void writesVersion4Uuids_thatDoNotRepeat_onAnyLoop() {
        byte[] key = CallIds.newKey();
        CallIds one = CallIds.of(key, 0);
        CallIds two = CallIds.of(key, 1);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            for (CallIds ids : new CallIds[] {one, two}) {
                byte[] out = new byte[CallIds.LENGTH + 2];
                assertThat(ids.write(out, 1)).isEqualTo(CallIds.LENGTH + 1);
                String id = new String(out, 1, CallIds.LENGTH, StandardCharsets.US_ASCII);
                assertThat(id).matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
                assertThat(seen.add(id)).isTrue();
                assertThat(ids.randomInt()).isNotEqualTo(ids.randomInt());
            }
        }
    }
}
