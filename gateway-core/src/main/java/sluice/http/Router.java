package sluice.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * Finds the route of a request target. A path is percent-decoded once and compared as a whole; one that is not in its
 * shortest form is sent away to that form and never followed within the same request, so that what is checked is what
 * is executed (OpenFaaS gateway, router; RFC 3986, 6.2.2.3).
 */
final class Router {
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://[^/?]*(.*)");

    private final List<Route> routes;

    Router(List<Route> routes) {
        this.routes = routes;
    }

    List<Route> routes() {
        return routes;
    }

    /** What becomes of a request before anyone asks who sent it. */
    sealed interface Outcome {
        /**
         * A handler will answer; {@code name} is the part of the path that the pattern leaves open, or empty. A namespace in
         * the path takes the place of one in the query.
         */
        record Found(Route route, String name, Query query) implements Outcome {}

        /** The client should ask for {@code location}. */
        record Moved(String location) implements Outcome {}

        /** Nobody answers. */
        record Refused(FailureException reason) implements Outcome {}
    }

    Outcome route(String method, String target) {
        try {
            return routeStrictly(method, origin(target));
        } catch (FailureException e) {
            return new Outcome.Refused(e);
        }
    }

    private Outcome routeStrictly(String method, String target) {
        int mark = target.indexOf('?');
        String path = Percent.decodePath(mark < 0 ? target : target.substring(0, mark));
        String query = mark < 0 ? "" : target.substring(mark + 1);
        String shortest = shortest(path);
        if (!shortest.equals(path)) {
            String location = Percent.encodePath(shortest.getBytes(StandardCharsets.ISO_8859_1));
            return new Outcome.Moved(mark < 0 ? location : location + "?" + query);
        }
        boolean isKnown = false;
        for (Route route : routes) {
            Matcher matcher = route.pattern().matcher(path);
            if (matcher.matches()) {
                if (route.method().equals(method)) {
                    String name = route.isNamed() ? matcher.group("name") : "";
                    Query asked = Query.parse(query);
                    return new Outcome.Found(
                            route, name, route.namesNamespace() ? asked.in(matcher.group("namespace")) : asked);
                }
                isKnown = true;
            }
        }
        return new Outcome.Refused(
                isKnown
                        ? Failure.METHOD_NOT_ALLOWED.in(Component.GATEWAY, "")
                        : Failure.NOT_FOUND.in(Component.GATEWAY, "404 page not found"));
    }

    /** The origin form of a target; proxies may send the absolute form (RFC 9112, 3.2.2). */
    private static String origin(String target) {
        Matcher absolute = ABSOLUTE.matcher(target);
        if (!absolute.matches()) {
            return target;
        }
        String rest = absolute.group(1);
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    /** Without empty and dot segments; a trailing slash stays. */
    private static String shortest(String path) {
        if (!path.startsWith("/")) {
            return path;
        }
        Deque<String> kept = new ArrayDeque<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        String joined = "/" + String.join("/", new ArrayList<>(kept));
        return path.endsWith("/") && joined.length() > 1 ? joined + "/" : joined;
    }
}
