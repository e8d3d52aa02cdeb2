package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.core.Settings;

class TransportTest {
    @ParameterizedTest
    @CsvSource({"auto, AUTO", "EPOLL, EPOLL", "Nio, NIO"})
    void readsNamesInAnyCase(String name, Transport transport) {
        assertThat(new Settings(Map.of("T", name)).choice("T", Transport.NIO, ""))
                .isEqualTo(transport);
    }

    @Test
    void knowsNoOtherNames() {
        Settings settings = new Settings(Map.of("T", "io_uring"));
        assertThat(settings.choice("T", Transport.NIO, "")).isEqualTo(Transport.NIO);
        assertThat(settings.problems()).containsExactly("T: (io_uring) is no auto, epoll or nio");
    }

    @Test
    @EnabledOnOs(
            value = OS.LINUX,
            architectures = {"amd64", "aarch64"})
    void findsTheNativeLibrary() {
        assertThat(Epoll.unavailabilityCause()).isNull();
    }

    @EnabledOnOs(
            value = OS.LINUX,
            architectures = {"amd64", "aarch64"})
    @ParameterizedTest
    @CsvSource({"AUTO", "EPOLL"})
    void usesEpollOnLinux(Transport transport) {
        assertThat(usesLoops(transport, EpollIoHandler.class)).isTrue();
    }

    @Test
    void goesWithoutTheNativeLibrary_whenToldSo() {
        assertThat(usesLoops(Transport.NIO, NioIoHandler.class)).isTrue();
    }

    private static boolean usesLoops(Transport transport, Class<? extends IoHandler> handler) {
        try (TestGateway gateway = new TestGateway(Map.of("SLUICE_TRANSPORT", transport.toString()))) {
            return gateway.server.eventLoops() instanceof IoEventLoopGroup loops && loops.isIoType(handler);
        }
    }
}
