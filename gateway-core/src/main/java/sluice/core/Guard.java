package sluice.core;

import java.util.Map;
import java.util.Set;

/** Whether a function asks who is calling, as its deployment says. */
public enum Guard {
    /** Anyone may call. */
    NONE(false, false, false),
    /** The gateway asks for a token (annotation {@code sluice_jwt_auth}) and keeps it from the function. */
    GATEWAY(false, true, false),
    /** The function's watchdog asks for one too (environment variable {@code jwt_auth}), so it is passed on. */
    GATEWAY_AND_FUNCTION(false, true, true),
    /** It does not exist for those without a token of its namespace (annotation {@code sluice_privacy}). */
    PRIVATE(true, false, false),
    /** Both {@link #PRIVATE} and {@link #GATEWAY}. */
    PRIVATE_AND_GATEWAY(true, true, false),
    /** Both {@link #PRIVATE} and {@link #GATEWAY_AND_FUNCTION}. */
    PRIVATE_AND_GATEWAY_AND_FUNCTION(true, true, true);

    /** Annotation that makes the gateway ask for a token. */
    public static final String JWT_AUTH = "sluice_jwt_auth";
    /** Environment variable with which an OpenFaaS watchdog asks for one. */
    public static final String WATCHDOG_JWT_AUTH = "jwt_auth";
    /** Annotation that is {@code public} or {@code private}. */
    public static final String PRIVACY = "sluice_privacy";
    /** Environment variables that the gateway gives to functions (Scaleway, functions runtime). */
    public static final Set<String> GIVEN_VARIABLES =
            Set.of("SCW_PUBLIC", "SCW_PUBLIC_KEY", "SCW_NAMESPACE_ID", "SCW_APPLICATION_ID");

    private final boolean isPrivate;
    private final boolean asksForToken;
    private final boolean passesTokenOn;

    Guard(boolean isPrivate, boolean asksForToken, boolean passesTokenOn) {
        this.isPrivate = isPrivate;
        this.asksForToken = asksForToken;
        this.passesTokenOn = passesTokenOn;
    }

    /** Whether only holders of a token of its namespace see it. */
    public boolean isPrivate() {
        return isPrivate;
    }

    /** Whether it asks for a token of the gateway that permits calling it. */
    public boolean asksForToken() {
        return asksForToken;
    }

    /** Whether {@code Authorization} holds what the gateway has checked and the function has no use for. */
    public boolean takesAuthorization() {
        return asksForToken && !passesTokenOn;
    }

    /** Whether the function itself checks a token, too. */
    public boolean passesTokenOn() {
        return passesTokenOn;
    }

    /** What {@code deployment} says. Anything but {@code public} keeps strangers out: a mistake must not let them in. */
    public static Guard of(FunctionDeployment deployment) {
        boolean isPrivate = !"public".equals(deployment.annotations().getOrDefault(PRIVACY, "public"));
        if ("true".equals(deployment.envVars().get(WATCHDOG_JWT_AUTH))) {
            return isPrivate ? PRIVATE_AND_GATEWAY_AND_FUNCTION : GATEWAY_AND_FUNCTION;
        }
        if ("true".equals(deployment.annotations().get(JWT_AUTH))) {
            return isPrivate ? PRIVATE_AND_GATEWAY : GATEWAY;
        }
        return isPrivate ? PRIVATE : NONE;
    }

    /** Refuses what somebody may have meant as a guard, and variables that are the gateway's to give. */
    static void validate(FunctionDeployment deployment) {
        Map<String, String> annotations = deployment.annotations();
        requireOneOf(annotations, JWT_AUTH, "true", "false");
        requireOneOf(annotations, PRIVACY, "public", "private");
        for (String name : deployment.envVars().keySet()) {
            if (GIVEN_VARIABLES.contains(name)) {
                throw Failure.INVALID_REQUEST.in(
                        Component.GATEWAY,
                        "validation failed: envVars." + name + ": is set by the gateway and must not be given");
            }
        }
    }

    private static void requireOneOf(Map<String, String> annotations, String key, String one, String other) {
        String value = annotations.get(key);
        if (value != null && !value.equals(one) && !value.equals(other)) {
            throw Failure.INVALID_REQUEST.in(
                    Component.GATEWAY,
                    "validation failed: annotations." + key + ": (" + Text.printable(value) + ") must be " + one
                            + " or " + other);
        }
    }
}
