package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TargetTest {
    private final Target target = new Target();

    @ParameterizedTest
    @CsvSource({
        "/function/echo, echo, ''",
        "/function/echo/, echo, /",
        "/function/echo?x=1, echo, ?x=1",
        "/function/echo.staging/a/b?x=1, echo.staging, /a/b?x=1",
        "/function/ec%68o/a%2Fb, echo, /a%2Fb",
        "/function/f/a%25b, f, /a%25b",
        "/function/f/a//b, f, /a//b",
        "/function/f/..;/x, f, /..;/x",
        "/function/f/%252e%252e/x, f, /%252e%252e/x",
        "/function/f/a%5c..%5cb, f, /a%5c..%5cb",
        "http://other:80/function/f/x, f, /x"
    })
    void splitsNameAndRest(String text, String name, String rest) {
        assertThat(read(text)).isEqualTo(Target.Kind.FUNCTION);
        assertThat(target.nameText()).isEqualTo(name);
        assertThat(text.substring(target.restStart)).isEqualTo(rest);
    }

    @ParameterizedTest
    @CsvSource({
        "/function/../system/functions, /system/functions",
        "/function/%2e%2e/system/functions, /system/functions",
        "/function/.%2E/system/functions, /system/functions",
        "/function/f/..%2f..%2Fsystem?x=1, /system?x=1",
        "/function/f/./a, /function/f/a",
        "/function/f/a/.., /function/f",
        "/function/..//evil/x, /evil/x"
    })
    void sendsDotSegmentsBack_cleaned(String text, String location) {
        assertThat(read(text)).isEqualTo(Target.Kind.REDIRECT);
        assertThat(target.location).isEqualTo(location);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/", "/function", "/function/", "/system/functions", "//function/f", "/%66unction/f", "/healthz"
            })
    void leavesTheRestToTheControlPlane(String text) {
        assertThat(read(text)).isEqualTo(Target.Kind.CONTROL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/function/a:80", "/function/x@y", "/function/[::1]", "/function/a%2Fb%3f", "/function/a%2fb"})
    void findsNoFunction_behindAnAddress(String text) {
        assertThat(read(text)).isEqualTo(Target.Kind.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "host:80", "function/f", "/function/f/%00", "/function/a%zz", "/function/a%0d"})
    void refusesWhatIsNoPath(String text) {
        assertThat(read(text)).isEqualTo(Target.Kind.BAD);
    }

    @Test
    void boundsTheName() {
        assertThat(read("/function/" + "a".repeat(253))).isEqualTo(Target.Kind.FUNCTION);
        assertThat(read("/function/" + "a".repeat(254))).isEqualTo(Target.Kind.NOT_FOUND);
    }

    private Target.Kind read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return target.read(bytes, 0, bytes.length);
    }
}
