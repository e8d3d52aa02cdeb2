package sluice.core;

import java.util.Map;

/** Whether a function asks who is calling, as its deployment says. */
public enum Guard {
    /** Anyone may call. */
    NONE,
    /** The gateway asks for a token (annotation {@code sluice_jwt_auth}) and keeps it from the function. */
    GATEWAY,
    /** The function's watchdog asks for one too (environment variable {@code jwt_auth}), so it is passed on. */
    GATEWAY_AND_FUNCTION;

    /** Annotation that makes the gateway ask for a token. */
    public static final String JWT_AUTH = "sluice_jwt_auth";
    /** Environment variable with which an OpenFaaS watchdog asks for one. */
    public static final String WATCHDOG_JWT_AUTH = "jwt_auth";

    /** What {@code deployment} says. */
    public static Guard of(FunctionDeployment deployment) {
        if ("true".equals(deployment.envVars().get(WATCHDOG_JWT_AUTH))) {
            return GATEWAY_AND_FUNCTION;
        }
        return "true".equals(deployment.annotations().get(JWT_AUTH)) ? GATEWAY : NONE;
    }

    /** Refuses an annotation that somebody may have meant as a guard: a typing error must not make a function public. */
    static void validate(Map<String, String> annotations) {
        String value = annotations.get(JWT_AUTH);
        if (value != null && !value.equals("true") && !value.equals("false")) {
            throw Failure.INVALID_REQUEST.in(
                    Component.GATEWAY,
                    "validation failed: annotations." + JWT_AUTH + ": (" + Text.printable(value)
                            + ") must be true or false");
        }
    }
}
