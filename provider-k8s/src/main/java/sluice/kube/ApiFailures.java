package sluice.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/** Turns what the Kubernetes API answers, or that it does not, into what the client is told. */
final class ApiFailures {
    private static final Logger log = LoggerFactory.getLogger(ApiFailures.class);
    private static final int LONGEST_REASON = 1_000;

    private ApiFailures() {}

    static FailureException translate(KubernetesClientException e) {
        Failure failure = failure(e);
        String reason = reason(e);
        if (failure == Failure.PROVIDER_FAILED) {
            log.error("the Kubernetes API failed", e);
        }
        return failure.in(
                Component.PROVIDER,
                failure == Failure.UNAVAILABLE ? "the Kubernetes API cannot do it now: " + reason : reason);
    }

    private static Failure failure(KubernetesClientException e) {
        if (e.getCode() <= 0) {
            return Failure.UNAVAILABLE; // no answer at all
        }
        return switch (e.getCode()) {
            case 400, 422 -> Failure.INVALID_REQUEST;
            case 403 -> isTerminating(e) ? Failure.CONFLICT : Failure.NOT_PERMITTED;
            case 404 -> Failure.NOT_FOUND;
            case 409 -> Failure.CONFLICT;
            case 408, 429, 500, 502, 503, 504 -> Failure.UNAVAILABLE;
            default -> Failure.PROVIDER_FAILED; // 401 among them: it is not the client's credential that is wrong
        };
    }

    /** Whatever is created in a namespace that is being deleted is refused by this. */
    private static boolean isTerminating(KubernetesClientException e) {
        return reason(e).contains("being terminated");
    }

    private static String reason(KubernetesClientException e) {
        String text = e.getStatus() != null && e.getStatus().getMessage() != null
                ? e.getStatus().getMessage()
                : cause(e);
        return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON) + "...";
    }

    /** Of the innermost cause; the JDK's client has some without a text. */
    private static String cause(Throwable e) {
        Throwable innermost = e;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String text = innermost.getMessage();
        return text == null || text.isBlank() ? innermost.getClass().getSimpleName() : text;
    }
}
