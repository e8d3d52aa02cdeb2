package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What only the codec's own frames on a closing connection do; floods by clients are tested from outside. */
class FrameFloodTest {
    private static final byte[] RESET_STREAM_1 = {0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8};

    @Test
    void readsNoFrame_afterItsWriteHasReleasedIt() {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameFlood(100, 100, Duration.ofSeconds(10)));
        ByteBuf frame = Unpooled.copiedBuffer(RESET_STREAM_1);
        assertThat(channel.close().isSuccess()).isTrue();

        ChannelFuture written = channel.write(frame);
        channel.runPendingTasks();

        assertThat(written.cause()).isInstanceOf(ClosedChannelException.class);
        assertThat(frame.refCnt()).isZero();
    }
}
