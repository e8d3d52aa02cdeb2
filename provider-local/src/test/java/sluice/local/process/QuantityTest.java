package sluice.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.Resources;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({
        "128Mi, 134217728",
        "1Gi, 1073741824",
        "64M, 64000000",
        "1.5Ki, 1536",
        "12e3, 12000",
        "1E3, 1000",
        "1E, 1000000000000000000",
        "0, 0",
        "+5, 5",
        "1500m, 2",
        ".5k, 500"
    })
    void readsUnits(String text, long units) {
        assertThat(Quantity.units(text)).hasValue(units);
    }

    @ParameterizedTest
    @CsvSource({"100m, 100", "0.5, 500", "2, 2000", "1.0005, 1001", "500u, 1"})
    void readsThousandths(String text, long thousandths) {
        assertThat(Quantity.thousandths(text)).hasValue(thousandths);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lots", "-1", "1.2.3", "12MiB", "Mi", "1 Mi", "9999999Ei", "1e99", "1K", "0x10"})
    void refusesWhatIsNone(String text) {
        assertThat(Quantity.units(text)).isEmpty();
    }

    @Test
    void namesTheFieldThatIsWrong() {
        assertThatThrownBy(() -> Limits.from(new Resources("64Mi", "lots", null, null, null), "limits"))
                .hasMessage("validation failed: limits.cpu: (lots) must be a quantity such as 128Mi or 500m");
        assertThatThrownBy(() -> Limits.from(new Resources(null, null, "one", null, null), "requests"))
                .hasMessageContaining("requests.nvidia.com/gpu: (one)");
        assertThat(Limits.from(new Resources("64Mi", "0.1", null, null, null), "limits"))
                .isEqualTo(new Limits(64 << 20, 100));
        assertThat(Limits.from(null, "limits")).isEqualTo(Limits.NONE);
    }
}
