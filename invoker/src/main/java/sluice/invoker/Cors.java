package sluice.invoker;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What browsers are told of functions whose annotation names the origins that may call them (Fetch, 3.2). The gateway alone
 * speaks for such a function: fields of its own about it are left out, and a preflight never reaches it. Of all other
 * functions nothing is said here.
 */
final class Cors {
    private static final String PREFIX = "access-control-";
    private static final byte[] VARY = ascii("Vary: Origin\r\n");
    private static final byte[] EVERYONE =
            ascii("Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: X-Call-Id\r\n");
    private static final String METHODS =
            "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nAccess-Control-Max-Age: 600\r\n";

    private Cors() {}

    /** The lines that an answer to the request in the scratch space has to have; null when {@code origins} is empty. */
    static byte @Nullable [] lines(List<String> origins, Head head) {
        if (origins.isEmpty()) {
            return null;
        }
        if (origins.get(0).equals("*")) {
            return EVERYONE;
        }
        String origin = allowed(origins, head);
        return origin == null
                ? VARY
                : ascii("Access-Control-Allow-Origin: " + origin
                        + "\r\nAccess-Control-Expose-Headers: X-Call-Id\r\nVary: Origin\r\n");
    }

    /** Whether a browser asks if it may send another request. */
    static boolean isPreflight(Head head) {
        return Head.isMethod(head, "OPTIONS")
                && head.find("origin", 0) >= 0
                && head.find("access-control-request-method", 0) >= 0;
    }

    /** The lines of the answer to that; whose page may not gets none that permits. */
    static byte[] preflight(List<String> origins, Head head) {
        boolean isForAll = origins.get(0).equals("*");
        String origin = isForAll ? "*" : allowed(origins, head);
        String vary = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n";
        if (origin == null) {
            return ascii(vary);
        }
        int asked = head.find("access-control-request-headers", 0);
        String fields = asked < 0 ? "" : "Access-Control-Allow-Headers: " + head.value(asked) + "\r\n";
        return ascii("Access-Control-Allow-Origin: " + origin + "\r\n" + METHODS + fields + vary);
    }

    /** Whether field {@code i} of a function's answer is about this, and so not the function's to say. */
    static boolean isAbout(Head head, int i) {
        return head.nameEnd[i] - head.nameStart[i] > PREFIX.length() && Field.is(head.bytes, head.nameStart[i], PREFIX);
    }

    private static @Nullable String allowed(List<String> origins, Head head) {
        int field = head.find("origin", 0);
        if (field < 0) {
            return null;
        }
        String origin = head.value(field);
        return origins.contains(origin) ? origin : null;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
