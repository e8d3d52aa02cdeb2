package sluice.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventReaderTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    private final List<Long> instants = new ArrayList<>();
    private final EventReader reader = new EventReader(instants::add);

    @Test
    void tellsTheInstantOfEachEvent() {
        assertThat(accept(HEAD)).isTrue();
        assertThat(accept(event(7))).isTrue();
        assertThat(accept(event(123) + event(456))).isTrue();
        assertThat(instants).containsExactly(7L, 123L, 456L);
    }

    @Test
    void readsByteByByte() {
        for (char c : (HEAD + event(12) + event(34)).toCharArray()) {
            assertThat(accept(Character.toString(c))).isTrue();
        }
        assertThat(instants).containsExactly(12L, 34L);
    }

    @Test
    void doesNotMindWhereChunksAreCut() {
        assertThat(accept(HEAD + "7\r\ndata: 1\r\n4\r\n2e\n\n\r\n")).isTrue();
        assertThat(instants).containsExactly(12L);
    }

    @Test
    void isNoGoodStream_afterItsEndOrWithoutChunks() {
        assertThat(accept(HEAD + "0\r\n\r\n")).isFalse();
        assertThat(new EventReader(instants::add).accept(bytes(HEAD + "data: 1\n\n")))
                .isFalse();
        assertThat(instants).isEmpty();
    }

    private boolean accept(String text) {
        return reader.accept(bytes(text));
    }

    private static String event(long instant) {
        byte[] event = EventStream.event(instant);
        assertThat(event).hasSize("40\r\n".length() + 64 + "\r\n".length());
        return new String(event, StandardCharsets.US_ASCII);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
