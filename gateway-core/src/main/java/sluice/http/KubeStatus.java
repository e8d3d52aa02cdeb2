package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.core.AccessGate.Decision.Deny;
import sluice.core.Action;

/** A failure as the Kubernetes API words it (Kubernetes API conventions, "Response Status Kind"). */
record KubeStatus(
        String kind,
        String apiVersion,
        Map<String, String> metadata,
        String status,
        String message,
        String reason,
        int code) {
    static KubeStatus of(String reason, int code, String message) {
        return new KubeStatus("Status", "v1", Map.of(), "Failure", message, reason, code);
    }

    /** Whether failures of requests for this path are worded so. */
    static boolean isAsked(String target) {
        int mark = target.indexOf('?');
        String path = mark < 0 ? target : target.substring(0, mark);
        return path.equals("/api")
                || path.equals("/apis")
                || path.equals("/version")
                || path.startsWith("/api/")
                || path.startsWith("/apis/")
                || path.startsWith("/oapi/");
    }

    /** The same answer in these words; its fields stay. */
    static Answer worded(Answer refused, String text) {
        int code = refused.status();
        String message = text.isEmpty() ? standard(code) : text.strip();
        Answer answer = Answer.json(code, of(reason(code), code, message));
        refused.fields().forEach(field -> {
            if (!HttpHeaderNames.CONTENT_TYPE.contentEqualsIgnoreCase(field.getKey())) {
                answer.fields().add(field.getKey(), field.getValue());
            }
        });
        return answer;
    }

    /** The words for somebody who may not, as kubectl prints them. */
    static String forbidden(Deny denial, @Nullable Action action, String namespace, String name) {
        String verb = Objects.equals(action, Action.FUNCTION_LIST) ? "list" : "get";
        if (!Objects.equals(action, Action.FUNCTION_LIST) && !Objects.equals(action, Action.FUNCTION_GET)) {
            return "forbidden: User \"" + denial.identity().subject() + "\" cannot get this path";
        }
        return "functions.openfaas.com" + (name.isEmpty() ? "" : " \"" + name + "\"") + " is forbidden: User \""
                + denial.identity().subject() + "\" cannot " + verb
                + " resource \"functions\" in API group \"openfaas.com\" "
                + (namespace.isEmpty() ? "at the cluster scope" : "in the namespace \"" + namespace + "\"");
    }

    private static String reason(int code) {
        return switch (code) {
            case 400 -> "BadRequest";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "NotFound";
            case 405 -> "MethodNotAllowed";
            case 409 -> "Conflict";
            case 410 -> "Expired";
            case 413 -> "RequestEntityTooLarge";
            case 415 -> "UnsupportedMediaType";
            case 422 -> "Invalid";
            case 429 -> "TooManyRequests";
            case 500 -> "InternalError";
            case 503 -> "ServiceUnavailable";
            case 504 -> "Timeout";
            default -> "";
        };
    }

    private static String standard(int code) {
        return switch (code) {
            case 404 -> "the server could not find the requested resource";
            case 405 -> "the server does not allow this method on the requested resource";
            default -> "the request failed";
        };
    }
}
