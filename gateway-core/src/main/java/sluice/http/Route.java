package sluice.http;

import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/**
 * One line of the API table.
 *
 * @param path as in the documentation: {@code {name}} and {@code {id}} are one segment, {@code {file}} the rest of the path, and both
 *     stand for themselves in metric labels
 * @param pattern the same, compiled
 * @param body whether the call carries JSON
 * @param complaint the words with which a body that cannot be read is refused
 * @param takesAuthToken whether a bearer token may also be in {@code X-Auth-Token}
 * @param isWatched whether the answer may be a stream of changes, and so a WebSocket
 */
record Route(
        String method,
        String path,
        Pattern pattern,
        Access access,
        Body body,
        String complaint,
        Handler handler,
        boolean takesAuthToken,
        boolean isWatched) {
    /** Whether it is there for those who call functions, too, and not only for those who run them. */
    boolean isForCallers() {
        return access.action() == null && !path.equals("/") && !path.equals("/openapi.yaml");
    }

    /** What a call carries. */
    enum Body {
        NONE,
        JSON,
        JSON_OR_NOTHING,
        /** Fields of a form; each becomes a list of texts. */
        FORM
    }

    /** Answers a call whose caller is known to be permitted. */
    @FunctionalInterface
    interface Handler {
        Mono<Answer> handle(ApiCall call);
    }

    static Route get(String path, Access access, Handler handler) {
        return of("GET", path, access, Body.NONE, "", handler);
    }

    static Route head(String path, Access access, Handler handler) {
        return of("HEAD", path, access, Body.NONE, "", handler);
    }

    static Route post(String path, Access access, String complaint, Handler handler) {
        return of("POST", path, access, Body.JSON, complaint, handler);
    }

    /** A call that says all in its query. */
    static Route act(String method, String path, Access access, Handler handler) {
        return of(method, path, access, Body.NONE, "", handler);
    }

    static Route put(String path, Access access, String complaint, Handler handler) {
        return of("PUT", path, access, Body.JSON, complaint, handler);
    }

    static Route delete(String path, Access access, String complaint, Handler handler) {
        return of("DELETE", path, access, Body.JSON, complaint, handler);
    }

    /** A form is posted; anything else is for the handler to refuse. */
    static Route form(String path, Access access, Handler handler) {
        return of("POST", path, access, Body.FORM, "", handler);
    }

    /** Like this route, but the body may be missing. */
    Route orNothing() {
        return new Route(
                method, path, pattern, access, Body.JSON_OR_NOTHING, complaint, handler, takesAuthToken, isWatched);
    }

    /** Like this route, but clients of Scaleway are understood, who put the token elsewhere. */
    Route withAuthToken() {
        return new Route(method, path, pattern, access, body, complaint, handler, true, isWatched);
    }

    /** Like this route, but changes can be followed there. */
    Route watched() {
        return new Route(method, path, pattern, access, body, complaint, handler, takesAuthToken, true);
    }

    /** Whether the path names something. */
    boolean isNamed() {
        return path.contains("{name}") || path.contains("{id}") || path.contains("{file}");
    }

    /** Whether the path names a namespace beside it. */
    boolean namesNamespace() {
        return path.contains("{namespace}");
    }

    /** Whether a browser on another site must not be able to send it with the credentials of its user. */
    boolean isMutating() {
        return !method.equals("GET") && !method.equals("HEAD");
    }

    private static Route of(String method, String path, Access access, Body body, String complaint, Handler handler) {
        String expression = path.replace(".", "\\.")
                .replace("{namespace}", "(?<namespace>[-a-zA-Z_0-9.]+)")
                .replace("{name}", "(?<name>[-a-zA-Z_0-9.]+)")
                .replace("{id}", "(?<name>[0-9a-z]+)")
                .replace("{file}", "(?<name>[-a-zA-Z_0-9./]*)");
        return new Route(method, path, Pattern.compile(expression), access, body, complaint, handler, false, false);
    }
}
