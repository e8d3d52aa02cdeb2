package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.FunctionName;
import sluice.core.HostRoute;

final class HostTableTest {
    private final HostTable table = HostTable.of(List.of(
            route("api.example.com", "/v1/ocr/(.*)", "ocr"),
            route("api.example.com", "/v1/ocr/fast/(.*)", "fast"),
            route("api.example.com", "/v1/ocr/fast/", "exact"),
            route("api.example.com", "/status", "status"),
            route("api.example.com", "/glued(.*)", "glued"),
            route("all.example.com", "/(.*)", "all")));

    @ParameterizedTest
    @CsvSource({
        "/v1/ocr/, ocr, /",
        "/v1/ocr/a/b?x=/y, ocr, /a/b?x=/y",
        "/v1/ocr//a, ocr, //a",
        "/v1/ocr/a%2fb, ocr, /a%2fb",
        "/v1/ocr/fast, ocr, /fast",
        "/v1/ocr/fast/, exact, ''",
        "/v1/ocr/fast/?x=1, exact, ?x=1",
        "/v1/ocr/fast/a, fast, /a",
        "/status, status, ''",
        "/status?deep=1, status, ?deep=1",
        "/glued, glued, ''",
        "/glued/a, glued, /a",
        "/gluedon, glued, on"
    })
    void findsTheLongestPath_andWhatTheFunctionSees(String target, String function, String rest) {
        assertThat(find("api.example.com", target)).isEqualTo(function + ".openfaas-fn " + rest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1/ocr",
                "/v1/ocrx",
                "/V1/ocr/",
                "/v1/%6fcr/",
                "/status/",
                "/statusx",
                "/x?/v1/ocr/",
                "/glue"
            })
    void findsNothing_forOtherPaths(String target) {
        assertThat(find("api.example.com", target)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "all.example.com",
                "ALL.Example.com",
                "all.example.com:8080",
                "all.example.com.",
                "all.example.com.:1"
            })
    void knowsAHostByItsName(String host) {
        assertThat(find(host, "/a")).isEqualTo("all.openfaas-fn /a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ".",
                "8080",
                "example.com",
                "x.all.example.com",
                "all.example.comx",
                "all.example.com..",
                "all.example.com:x",
                "[::1]:8080",
                "127.0.0.1"
            })
    void knowsNoOtherHost(String host) {
        assertThat(find(host, "/a")).isNull();
    }

    @Test
    void keepsThousandsOfHostsApart() {
        List<HostRoute> routes = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            routes.add(route("h" + i + ".example.com", "/(.*)", "f" + i));
        }
        HostTable many = HostTable.of(routes);

        assertThat(many.size()).isEqualTo(3_000);
        for (int i = 0; i < 3_000; i++) {
            assertThat(find(many, "h" + i + ".example.com", "/a")).isEqualTo("f" + i + ".openfaas-fn /a");
        }
        assertThat(find(many, "h3000.example.com", "/a")).isNull();
    }

    private @Nullable String find(String host, String target) {
        return find(table, host, target);
    }

    private static @Nullable String find(HostTable table, String host, String target) {
        byte[] named = host.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = target.getBytes(StandardCharsets.US_ASCII);
        Target read = new Target();
        assertThat(read.read(bytes, 0, bytes.length)).isEqualTo(Target.Kind.CONTROL);
        Target.Kind kind = read.map(table, bytes, named, 0, named.length);
        assertThat(kind).isIn(Target.Kind.CONTROL, Target.Kind.FUNCTION);
        assertThat(read.isMapped).isEqualTo(kind == Target.Kind.FUNCTION);
        return kind == Target.Kind.CONTROL ? null : read.nameText() + " " + target.substring(read.restStart);
    }

    private static HostRoute route(String host, String pattern, String function) {
        return HostRoute.parse(host, pattern, new FunctionName(function, "openfaas-fn"));
    }
}
