package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

class AccessConfigTest {
    private static final Path DATA = Path.of("data");

    @Test
    void hasDefaults() {
        assertThat(config(Map.of())).isEqualTo(new AccessConfig(true, DATA.resolve("credentials"), true, false));
    }

    @Test
    void readsEverySetting() {
        Settings settings = new Settings(Map.of(
                "basic_auth", "false",
                "secret_mount_path", "/run/secrets",
                "SLUICE_AUTH_ALLOW_ANONYMOUS", "true"));
        assertThat(AccessConfig.from(settings, DATA))
                .isEqualTo(new AccessConfig(false, Path.of("/run/secrets"), false, true));
        assertThat(settings.problems()).isEmpty();
    }

    @Test
    void refusesAnOpenControlPlane_onMoreThanTheLoopbackAddress() throws UnknownHostException {
        InetAddress everywhere = InetAddress.getByAddress(new byte[4]);
        AccessConfig open = config(Map.of("basic_auth", "false"));
        assertThat(open.problems(everywhere)).singleElement().asString().contains("SLUICE_AUTH_ALLOW_ANONYMOUS");
        assertThat(open.problems(InetAddress.getLoopbackAddress())).isEmpty();
        assertThat(config(Map.of()).problems(everywhere)).isEmpty();
        assertThat(config(Map.of("basic_auth", "false", "SLUICE_AUTH_ALLOW_ANONYMOUS", "true"))
                        .problems(everywhere))
                .isEmpty();
    }

    private static AccessConfig config(Map<String, String> environment) {
        return AccessConfig.from(new Settings(environment), DATA);
    }
}
