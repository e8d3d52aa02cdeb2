package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sluice.core.VersionInfo;

final class RuntimeMetricsTest {
    @Test
    void tellsOfTheProcess_theBuffersAndTheLoops() {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        try (RuntimeMetrics metrics = new RuntimeMetrics(new VersionInfo("1.2.3", "abc"))) {
            metrics.watch(loops);

            assertThat(metrics.scrape())
                    .contains("sluice_build_info{release=\"1.2.3\",sha=\"abc\"} 1")
                    .contains("sluice_leaked_buffers_total 0.0")
                    .contains("jvm_memory_used_bytes{", "process_files_open_files", "netty_allocator_memory_used{")
                    .containsPattern("(?s)netty_eventexecutor_tasks_pending\\{.*netty_eventexecutor_tasks_pending\\{");
        } finally {
            assertThat(loops.shutdownGracefully().awaitUninterruptibly(10, TimeUnit.SECONDS))
                    .isTrue();
        }
    }
}
