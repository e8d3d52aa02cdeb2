package sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostRouteTest {
    private static final FunctionName OCR = new FunctionName("ocr", "openfaas-fn");

    @ParameterizedTest
    @CsvSource({
        "/(.*), /, true",
        "/v1/ocr/(.*), /v1/ocr/, true",
        "/v1.0/ocr(.*), /v1.0/ocr, true",
        "/, /, false",
        "/v1/ocr, /v1/ocr, false",
        "/a%20b;c=d, /a%20b;c=d, false"
    })
    void readsAPath(String pattern, String path, boolean isPrefix) {
        assertThat(HostRoute.parse("Api.Example.COM", pattern, OCR))
                .isEqualTo(new HostRoute("api.example.com", path, isPrefix, OCR));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v1/(.*)",
                "(.*)",
                "/v1/(ocr|scan)/(.*)",
                "/v1/ocr/(.+)",
                "/v1/ocr(/|$)(.*)",
                "/v1/[a-z]+",
                "/(a+)+$",
                "/a b",
                "/a?b",
                "/a#b",
                "/v1/(.*)/x",
                "/\u00e4/(.*)"
            })
    void refusesOtherPatterns(String pattern) {
        assertThatThrownBy(() -> HostRoute.parse("api.example.com", pattern, OCR))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("path");
    }

    @Test
    void refusesAPathThatIsTooLong() {
        assertThatThrownBy(() -> HostRoute.parse("api.example.com", "/" + "a".repeat(1_024), OCR))
                .hasMessageContaining("1024 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "gateway",
                "*.example.com",
                "example.com:80",
                "example.com.",
                "-a.example.com",
                "a..example.com",
                "10.0.0.1",
                "[::1]",
                "a_b.example.com",
                "ex ample.com"
            })
    void refusesWhatIsNoDomain(String domain) {
        assertThatThrownBy(() -> HostRoute.parse(domain, "/(.*)", OCR))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("domain");
    }

    @Test
    void knowsWhatItCompetesWith() {
        HostRoute route = HostRoute.parse("api.example.com", "/v1/(.*)", OCR);

        assertThat(route.hasSameRequests(
                        HostRoute.parse("API.example.com", "/v1/(.*)", new FunctionName("other", "openfaas-fn"))))
                .isTrue();
        assertThat(route.hasSameRequests(HostRoute.parse("api.example.com", "/v1/", OCR)))
                .isFalse();
    }
}
