package sluice.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Revocations;
import sluice.core.TokenDesk;
import sluice.core.TokenDesk.Exchange.Issued;
import sluice.core.TokenDesk.Exchange.Refused;
import sluice.core.TokenDesk.Exchange.Revoked;

/** {@code /oauth/token} and what an issuer tells about itself (RFC 8693; OpenID Connect Discovery 1.0, 3). */
final class OAuthApi {
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String TYPE = "urn:ietf:params:oauth:token-type:id_token"; // whatever is issued (OpenFaaS)
    private static final String KEYS = "/.well-known/jwks.json";

    private final TokenDesk desk;
    private final boolean isRevoking;

    /** @param revocations where its tokens are taken back, or null */
    OAuthApi(TokenDesk desk, @Nullable Revocations revocations) {
        this.desk = desk;
        this.isRevoking = revocations != null;
    }

    Mono<Answer> exchange(ApiCall call) {
        return answered(call, desk::exchange);
    }

    /** Reads the form, has it judged, and words what comes of it (RFC 6749, 5.2). */
    static Mono<Answer> answered(ApiCall call, Function<TokenDesk.Request, Mono<TokenDesk.Exchange>> judge) {
        if (!call.query().isEmpty()) { // it would be in logs of every proxy on the way
            return Mono.just(error(400, "invalid_request", "parameters belong into the body"));
        }
        if (!call.body().isObject()) {
            return Mono.just(error(400, "invalid_request", "send a form, application/x-www-form-urlencoded"));
        }
        return judge.apply(new TokenDesk.Request(
                        form(call.body()), call.source().peer(), call.source().callId()))
                .map(OAuthApi::answer)
                .map(answer ->
                        answer.with(ErrorResponses.CALL_ID_FIELD, call.source().callId()));
    }

    Mono<Answer> discovery(ApiCall call) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("issuer", desk.issuer());
        document.put("jwks_uri", base(call) + KEYS);
        document.put("token_endpoint", desk.issuer() + "/oauth/token");
        if (isRevoking) {
            document.put("revocation_endpoint", desk.issuer() + "/oauth/revoke");
        }
        document.put("grant_types_supported", List.of(GRANT));
        document.put("id_token_signing_alg_values_supported", List.of("ES256"));
        document.put("subject_types_supported", List.of("public"));
        document.put("response_types_supported", List.of());
        return Mono.just(Answer.json(200, document));
    }

    Mono<Answer> keys(ApiCall call) {
        return Mono.just(Answer.json(200, desk.keySet()).with(HttpHeaderNames.CACHE_CONTROL, "public, max-age=300"));
    }

    /** Who asks from this machine reads the keys from it too; nobody else chooses where they are. */
    private String base(ApiCall call) {
        String host = call.source().host();
        return host.matches("(127\\.0\\.0\\.1|localhost|\\[::1])(:[0-9]{1,5})?") && isLocal(call)
                ? "http://" + host
                : desk.issuer();
    }

    private static boolean isLocal(ApiCall call) {
        return call.source().peer().getAddress() != null
                && call.source().peer().getAddress().isLoopbackAddress();
    }

    private static Map<String, List<String>> form(JsonNode body) {
        Map<String, List<String>> form = new LinkedHashMap<>();
        body.properties().forEach(field -> {
            List<String> values = new ArrayList<>();
            field.getValue().forEach(value -> values.add(value.textValue()));
            form.put(field.getKey(), values);
        });
        return form;
    }

    private static Answer answer(TokenDesk.Exchange exchange) {
        if (exchange instanceof Issued issued) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("access_token", issued.token());
            document.put("issued_token_type", TYPE);
            document.put("token_type", "Bearer");
            document.put("expires_in", issued.expiresInSeconds());
            if (!issued.scope().isEmpty()) {
                document.put("scope", issued.scope());
            }
            return unkept(Answer.json(200, document));
        }
        if (exchange instanceof Revoked) {
            return unkept(Answer.empty(200));
        }
        Refused refused = (Refused) exchange;
        Answer answer = error(ErrorResponses.statusOf(refused.failure()), refused.error(), refused.description());
        return refused.retryAfterSeconds() > 0
                ? answer.with(HttpHeaderNames.RETRY_AFTER, Integer.toString(refused.retryAfterSeconds()))
                : answer;
    }

    private static Answer error(int status, String error, String description) {
        Map<String, String> document = new LinkedHashMap<>();
        document.put("error", error);
        document.put("error_description", description);
        return unkept(Answer.json(status, document));
    }

    private static Answer unkept(Answer answer) {
        return answer.with(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }
}
