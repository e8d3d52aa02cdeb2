package sluice.access.token;

/**
 * Why a token is not accepted. The message is one of the few below and all that a client is told: what libraries say
 * shows header, claims and keys. Carries no stack trace: it is an answer, not a bug.
 */
public final class TokenRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private TokenRefused(String description) {
        super(description, null, false, false);
    }

    public static TokenRefused malformed() {
        return new TokenRefused("malformed token");
    }

    public static TokenRefused algorithm() {
        return new TokenRefused("unsupported algorithm");
    }

    public static TokenRefused unknownKey() {
        return new TokenRefused("unknown key");
    }

    public static TokenRefused signature() {
        return new TokenRefused("bad signature");
    }

    public static TokenRefused unknownIssuer() {
        return new TokenRefused("unknown issuer");
    }

    public static TokenRefused audience() {
        return new TokenRefused("wrong audience");
    }

    public static TokenRefused expired() {
        return new TokenRefused("token expired");
    }

    public static TokenRefused notYetValid() {
        return new TokenRefused("token not yet valid");
    }

    public static TokenRefused lifetime() {
        return new TokenRefused("token lifetime too long");
    }

    /** A claim that has to be there; {@code name} is one of our own words, never text of the token. */
    public static TokenRefused missing(String name) {
        return new TokenRefused("missing claim " + name);
    }

    public static TokenRefused revoked() {
        return new TokenRefused("token revoked");
    }

    /** Of a token that the cluster does not know; it does not say why. */
    public static TokenRefused unknownToCluster() {
        return new TokenRefused("not a valid token of the cluster");
    }

    public static TokenRefused wrongType() {
        return new TokenRefused("wrong token type");
    }

    /** A token of a registered issuer where only the gateway's own are taken. */
    public static TokenRefused notExchanged() {
        return new TokenRefused("wrong token type, exchange it at /oauth/token first");
    }

    /** The fixed words, fit for {@code error_description}. */
    public String description() {
        return String.valueOf(getMessage());
    }
}
