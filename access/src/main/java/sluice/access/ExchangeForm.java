package sluice.access;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was sent to {@code /oauth/token}, once its form is right (RFC 8693, 2.1).
 *
 * @param token the subject's
 * @param isForFunctions whether a token for functions is wanted
 * @param audiences which ones, or empty for all that are permitted
 */
record ExchangeForm(String token, boolean isForFunctions, List<String> audiences) {
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    private static final String TYPES = "urn:ietf:params:oauth:token-type:";
    private static final Set<String> SUBJECT_TYPES = Set.of(TYPES + "id_token", TYPES + "jwt", TYPES + "access_token");
    private static final Set<String> SINGLE =
            Set.of("grant_type", "subject_token", "subject_token_type", "scope", "requested_token_type", "resource");
    private static final String FUNCTION = "function";
    private static final int MOST_AUDIENCES = 32;

    /** Says no, with a code of the protocol. */
    static final class No extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String error;

        No(String error, String description) {
            super(description, null, false, false);
            this.error = error;
        }

        String error() {
            return error;
        }
    }

    /**
     * Reads the fields of a form.
     *
     * @param gateway its name as an issuer
     */
    static ExchangeForm read(Map<String, List<String>> form, String gateway) {
        form.forEach((name, values) -> {
            if (SINGLE.contains(name) && values.size() > 1) {
                throw new No("invalid_request", name + " is there twice");
            }
        });
        if (!required(form, "grant_type").equals(GRANT)) {
            throw new No("unsupported_grant_type", "grant_type must be " + GRANT);
        }
        if (form.containsKey("actor_token") || form.containsKey("actor_token_type")) {
            throw new No("invalid_request", "actor_token is not understood");
        }
        if (form.containsKey("resource")) {
            throw new No("invalid_target", "resource is not understood, use audience");
        }
        requireType(required(form, "subject_token_type"), "subject_token_type");
        requireType(
                form.getOrDefault("requested_token_type", List.of(TYPES + "id_token"))
                        .get(0),
                "requested_token_type");
        String scope = form.getOrDefault("scope", List.of("")).get(0);
        if (!scope.isEmpty() && !scope.equals(FUNCTION)) {
            throw new No("invalid_scope", "scope must be function or absent");
        }
        List<String> audiences = form.getOrDefault("audience", List.of());
        if (audiences.size() > MOST_AUDIENCES) {
            throw new No("invalid_request", "audience is there more than " + MOST_AUDIENCES + " times");
        }
        boolean isForFunctions = scope.equals(FUNCTION);
        if (!isForFunctions && !Set.of(gateway).containsAll(audiences)) {
            throw new No("invalid_target", "without scope=function the audience is this gateway");
        }
        return new ExchangeForm(required(form, "subject_token"), isForFunctions, audiences);
    }

    private static void requireType(String type, String field) {
        if (!SUBJECT_TYPES.contains(type)) {
            throw new No("invalid_request", field + " must be " + TYPES + "id_token");
        }
    }

    private static String required(Map<String, List<String>> form, String name) {
        String value = form.getOrDefault(name, List.of("")).get(0);
        if (value.isEmpty()) {
            throw new No("invalid_request", name + " is required");
        }
        return value;
    }

    @Override
    public String toString() {
        return "ExchangeForm[REDACTED]";
    }
}
