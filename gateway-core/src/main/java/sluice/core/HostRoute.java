package sluice.core;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Requests for one host and path that are calls of a function, without {@code /function/NAME} in their path. Matching is by
 * bytes, so that no pattern can take long.
 *
 * @param host name in lower case, without a port
 * @param path what the request's path is or begins with, byte for byte; begins with a slash
 * @param isPrefix whether longer paths match too; the function then sees what follows {@code path}, else {@code /}
 */
public record HostRoute(String host, String path, boolean isPrefix, FunctionName function) {
    private static final Pattern HOST =
            Pattern.compile("(?=.{3,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern PATH = Pattern.compile("/[-A-Za-z0-9._~/%!&',;=:@]*");
    private static final int LONGEST_PATH = 1_024;
    private static final String TAIL = "(.*)";

    public HostRoute {
        if (!HOST.matcher(host).matches()) {
            throw invalid("domain", host, "must be a DNS name with a dot, no address and no wildcard");
        }
        if (path.length() > LONGEST_PATH) {
            throw invalid("path", path, "must be at most " + LONGEST_PATH + " characters");
        }
        if (!PATH.matcher(path).matches()) {
            throw invalid("path", path, "must be a path from the root, or one that ends with " + TAIL);
        }
    }

    /**
     * Reads the path as FunctionIngress (openfaas.com/v1) has it: {@code /v1/ocr/(.*)} for all that begins with
     * {@code /v1/ocr/}, {@code /v1/ocr} for that path alone. Other regular expressions are not understood.
     *
     * @throws FailureException {@link Failure#INVALID_REQUEST} naming {@code domain} or {@code path}
     */
    public static HostRoute parse(String domain, String pattern, FunctionName function) {
        boolean isPrefix = pattern.endsWith(TAIL);
        String path = isPrefix ? pattern.substring(0, pattern.length() - TAIL.length()) : pattern;
        return new HostRoute(domain.toLowerCase(Locale.ROOT), path, isPrefix, function);
    }

    /** Whether both are about the same requests. */
    public boolean hasSameRequests(HostRoute other) {
        return host.equals(other.host) && path.equals(other.path) && isPrefix == other.isPrefix;
    }

    private static FailureException invalid(String field, String value, String rule) {
        return Failure.INVALID_REQUEST.in(
                Component.GATEWAY, "validation failed: " + field + ": (" + Text.printable(value) + ") " + rule);
    }
}
