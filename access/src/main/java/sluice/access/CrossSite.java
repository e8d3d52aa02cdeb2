package sluice.access;

import io.netty.handler.codec.http.HttpHeaders;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * Browsers repeat Basic credentials, and reach loopback listeners, for any page that asks. What a page of another site
 * asks for ({@code Sec-Fetch-Site}, Fetch Metadata) may therefore change nothing.
 */
final class CrossSite {
    private CrossSite() {}

    static boolean isRefused(HttpHeaders headers, Action action) {
        return changes(action) && headers.contains("sec-fetch-site", "cross-site", true);
    }

    static Decision refusal() {
        return new Decision.Deny(
                Failure.NOT_PERMITTED.in(Component.ACCESS, "pages of another site may not change anything"), "", 0);
    }

    private static boolean changes(Action action) {
        return switch (action) {
            case FUNCTION_LIST,
                    FUNCTION_GET,
                    FUNCTION_LOGS,
                    SECRET_LIST,
                    NAMESPACE_LIST,
                    NAMESPACE_GET,
                    SYSTEM_INFO,
                    CONSOLE -> false;
            case FUNCTION_CREATE,
                    FUNCTION_UPDATE,
                    FUNCTION_DELETE,
                    FUNCTION_SCALE,
                    SECRET_CREATE,
                    SECRET_UPDATE,
                    SECRET_DELETE,
                    NAMESPACE_CREATE,
                    NAMESPACE_UPDATE,
                    NAMESPACE_DELETE -> true;
        };
    }
}
