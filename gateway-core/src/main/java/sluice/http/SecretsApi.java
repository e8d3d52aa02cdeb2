package sluice.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionProvider;
import sluice.core.Secret;

/** {@code /system/secrets}: values go in and never come out. */
final class SecretsApi {
    private final FunctionProvider provider;

    SecretsApi(FunctionProvider provider) {
        this.provider = provider;
    }

    Mono<Answer> list(ApiCall call) {
        return provider.secrets(call.namespace()).map(ids -> Answer.json(200, views(ids)));
    }

    Mono<Answer> create(ApiCall call) {
        return provider.createSecret(secret(call)).thenReturn(Answer.empty(202));
    }

    Mono<Answer> update(ApiCall call) {
        return provider.updateSecret(secret(call)).thenReturn(Answer.empty(202));
    }

    Mono<Answer> remove(ApiCall call) {
        return provider.removeSecret(id(call)).thenReturn(Answer.empty(202));
    }

    /**
     * The value of a secret as clients send it.
     *
     * @param value text, trimmed by some clients
     * @param rawValue the same bytes exactly, in base64; wins, since clients that have it send both (faas-cli,
     *     --from-file)
     */
    record SecretBody(@Nullable String value, @Nullable String rawValue) {
        byte[] bytes() {
            if (rawValue == null) {
                return value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
            }
            try {
                return Base64.getDecoder().decode(rawValue);
            } catch (IllegalArgumentException e) {
                throw Failure.INVALID_REQUEST.in(Component.GATEWAY, "validation failed: rawValue: must be base64");
            }
        }

        @Override
        public String toString() {
            return "SecretBody[REDACTED]";
        }
    }

    private static Secret secret(ApiCall call) {
        return new Secret(id(call), call.body(SecretBody.class).bytes());
    }

    private static Secret.Id id(ApiCall call) {
        return new Secret.Id(call.member("name"), call.namespace());
    }

    private static List<Map<String, String>> views(List<Secret.Id> ids) {
        return ids.stream().map(SecretsApi::view).toList();
    }

    private static Map<String, String> view(Secret.Id id) {
        return new TreeMap<>(Map.of("name", id.name(), "namespace", id.namespace()));
    }
}
