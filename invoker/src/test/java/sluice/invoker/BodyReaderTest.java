package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BodyReaderTest {
    private final BodyReader reader = new BodyReader();
    private final Head trailers = new Head(Routes.DEFAULTS.heads());

    @Test
    void readsChunks_wherverTheBytesAreCut() {
        String message = "5;a=\"x;y\"\r\nhello\r\n00A\r\n, world...\r\n0\r\nX-Sum: 1\r\n\r\nNEXT";
        for (int cut = 0; cut <= message.length(); cut++) {
            reader.chunked();
            ByteBuf in = Unpooled.buffer();
            in.writeCharSequence(message.substring(0, cut), StandardCharsets.US_ASCII);
            String body = drain(in);
            in.writeCharSequence(message.substring(cut), StandardCharsets.US_ASCII);
            body += drain(in);
            assertThat(body).isEqualTo("hello, world...");
            assertThat(reader.isDone()).isTrue();
            assertThat(trailers.fields).isEqualTo(1);
            assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("NEXT");
            in.release();
        }
    }

    @Test
    void takesNotAByteMoreThanTheLength() {
        reader.length(3);
        ByteBuf in = Unpooled.copiedBuffer("abcdef", StandardCharsets.US_ASCII);
        assertThat(drain(in)).isEqualTo("abc");
        assertThat(reader.isDone()).isTrue();
        assertThat(in.readableBytes()).isEqualTo(3);
        in.release();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+5\r\nhello\r\n",
                "-5\r\n",
                "0x5\r\nhello\r\n",
                " 5\r\nhello\r\n",
                "5 \r\nhello\r\n",
                "5\nhello\r\n",
                "5\r\nhelloX\n",
                "5\r\nhello\n",
                "5;a\nb\r\nhello\r\n",
                "5;a=\"\r\n\"\r\nhello\r\n",
                "\r\n",
                ";a\r\n",
                "00000000000000005\r\nhello\r\n",
                "8000000000000000\r\n",
                "0\r\n X: folded\r\n\r\n",
                "0\r\nX : 1\r\n\r\n"
            })
    void breaks_onAnythingThatCouldBeReadTwoWays(String chunks) {
        reader.chunked();
        ByteBuf in = Unpooled.copiedBuffer(chunks, StandardCharsets.US_ASCII);
        assertThat(drain(in)).doesNotContain("folded");
        assertThat(reader.isBroken()).isTrue();
        in.release();
    }

    @Test
    void boundsExtensions_overTheWholeBody() {
        reader.chunked();
        ByteBuf in = Unpooled.buffer();
        for (int i = 0; i < 50; i++) {
            in.writeCharSequence("1;" + "e".repeat(100) + "\r\nx\r\n", StandardCharsets.US_ASCII);
        }
        assertThat(drain(in)).hasSizeLessThan(50);
        assertThat(reader.isBroken()).isTrue();
        in.release();
    }

    private String drain(ByteBuf in) {
        StringBuilder body = new StringBuilder();
        for (ByteBuf piece = reader.next(in, trailers); piece != null; piece = reader.next(in, trailers)) {
            body.append(piece.toString(StandardCharsets.US_ASCII));
            piece.release();
        }
        return body.toString();
    }
}
