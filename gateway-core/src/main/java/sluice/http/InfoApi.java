package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Locale;
import java.util.Map;
import reactor.core.publisher.Mono;
import sluice.core.FunctionProvider;
import sluice.core.ProviderInfo;
import sluice.core.VersionInfo;

/** {@code /system/info}. Clients dereference every object in it, so none is ever null. */
final class InfoApi {
    private final FunctionProvider provider;
    private final VersionInfo version;

    InfoApi(FunctionProvider provider, VersionInfo version) {
        this.provider = provider;
        this.version = version;
    }

    Mono<Answer> read(ApiCall call) {
        return Mono.fromSupplier(() -> Answer.json(200, InfoBody.of(provider.info(), version)));
    }

    record InfoBody(ProviderBody provider, VersionBody version, String arch) {
        static InfoBody of(ProviderInfo info, VersionInfo version) {
            ProviderBody provider = new ProviderBody(
                    info.provider(), VersionBody.of(info.version()), info.orchestration(), info.capabilities());
            return new InfoBody(provider, VersionBody.of(version), architecture());
        }
    }

    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record ProviderBody(String provider, VersionBody version, String orchestration, Map<String, String> capabilities) {}

    record VersionBody(String release, String sha) {
        static VersionBody of(VersionInfo version) {
            return new VersionBody(version.release(), version.sha());
        }
    }

    /** The architecture under Go's name for it. */
    private static String architecture() {
        String arch = System.getProperty("os.arch", "unknown").toLowerCase(Locale.ROOT);
        return switch (arch) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> arch;
        };
    }
}
