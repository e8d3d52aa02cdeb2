package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

final class InvokerConfigTest {
    @Test
    void hasDefaults() {
        InvokerConfig config = InvokerConfig.from(new Settings(Map.of()));
        assertThat(config.defaultNamespace()).isEqualTo("openfaas-fn");
        assertThat(config.upstreamTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.streamIdle()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.scaleFromZero()).isTrue();
        assertThat(config.timeoutIs504()).isFalse();
        assertThat(config.maxHops()).isEqualTo(16);
        assertThat(config.heads().requestLine()).isEqualTo(8_192);
        assertThat(config.trustedProxies()).isEmpty();
    }

    @Test
    void readsEverySetting() {
        Settings defaults = new Settings(Map.of());
        InvokerConfig standard = InvokerConfig.from(defaults);
        for (Settings.Setting setting : defaults.known()) {
            Map<String, String> one = new HashMap<>();
            one.put(setting.name(), other(setting));
            Settings changed = new Settings(one);
            assertThat(InvokerConfig.from(changed)).as(setting.name()).isNotEqualTo(standard);
            assertThat(changed.problems()).as(setting.name()).isEmpty();
        }
    }

    @Test
    void refusesWhatItCannotRead() {
        Settings settings = new Settings(
                Map.of("SLUICE_TRUSTED_PROXIES", "10.0.0.0/33", "SLUICE_MAX_HOPS", "0", "upstream_timeout", "soon"));
        InvokerConfig config = InvokerConfig.from(settings);
        assertThat(config.maxHops()).isEqualTo(16);
        assertThat(settings.problems()).hasSize(3);
    }

    private static String other(Settings.Setting setting) {
        if (setting.type().equals("duration")) {
            return "7s";
        }
        return switch (setting.type()) {
            case "boolean" -> setting.standard().equals("true") ? "false" : "true";
            case "list of CIDR" -> "10.0.0.0/8,::1";
            case "text" -> "elsewhere";
            default -> withinBounds(setting);
        };
    }

    private static String withinBounds(Settings.Setting setting) {
        Matcher bounds = Pattern.compile("(\\d+) to (\\d+)").matcher(setting.type());
        assertThat(bounds.find()).as(setting.type()).isTrue();
        long least = Long.parseLong(bounds.group(1));
        long most = Long.parseLong(bounds.group(2));
        return Long.toString(least + (most - least) / 3);
    }
}
