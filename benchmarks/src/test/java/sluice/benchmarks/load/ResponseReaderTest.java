package sluice.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.benchmarks.load.AnswerReader.Progress.BROKEN;
import static sluice.benchmarks.load.AnswerReader.Progress.GOOD;
import static sluice.benchmarks.load.AnswerReader.Progress.NOT_OK;
import static sluice.benchmarks.load.AnswerReader.Progress.WAITING;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.benchmarks.load.AnswerReader.Progress;

class ResponseReaderTest {
    private final ResponseReader reader = new ResponseReader(4, ByteBuffer.allocate(1_024));

    @Test
    void takesOneAnswerAfterAnother() throws Exception {
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")).isEqualTo(GOOD);
        assertThat(read("HTTP/1.1 200 OK\r\nX-A: b\r\ncontent-length:4\r\nX-C: d\r\n\r\nbody"))
                .isEqualTo(GOOD);
    }

    @Test
    void takesAnAnswerInPieces() throws Exception {
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Le")).isEqualTo(WAITING);
        assertThat(read("ngth: 4\r\n\r")).isEqualTo(WAITING);
        assertThat(read("\nbo")).isEqualTo(WAITING);
        assertThat(read("d")).isEqualTo(WAITING);
        assertThat(read("y")).isEqualTo(GOOD);
    }

    @Test
    void tellsAnotherStatusAndReadsItsBody() throws Exception {
        assertThat(read("HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno")).isEqualTo(NOT_OK);
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")).isEqualTo(GOOD);
    }

    @Test
    void isBroken_whenTheLengthIsNotTheExpectedOne() throws Exception {
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbod")).isEqualTo(BROKEN);
    }

    @Test
    void isBroken_whenMoreComesThanWasTold() throws Exception {
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody!")).isEqualTo(BROKEN);
    }

    @Test
    void isBroken_withoutALength() throws Exception {
        assertThat(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
                .isEqualTo(BROKEN);
    }

    @Test
    void isBroken_whenTheConnectionEnds() throws Exception {
        assertThat(read()).isEqualTo(BROKEN);
    }

    @Test
    void isBroken_whenTheConnectionEndsWithinTheBody() throws Exception {
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo")).isEqualTo(WAITING);
        assertThat(read()).isEqualTo(BROKEN);
    }

    /** One call of {@code read} on a channel that has this text, then nothing more yet; without text, the end. */
    private Progress read(String... text) throws Exception {
        return reader.read(new Pieces(text));
    }

    private static final class Pieces implements ReadableByteChannel {
        private final ArrayDeque<String> pieces;
        private final boolean isAtEnd;

        Pieces(String... pieces) {
            this.pieces = new ArrayDeque<>(List.of(pieces));
            this.isAtEnd = pieces.length == 0;
        }

        @Override
        public int read(ByteBuffer into) {
            String piece = pieces.poll();
            if (piece == null) {
                return isAtEnd ? -1 : 0;
            }
            into.put(piece.getBytes(StandardCharsets.US_ASCII));
            return piece.length();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
