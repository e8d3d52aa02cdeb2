package sluice.http.tls;

import sluice.core.Settings;

/**
 * Settings of certificates that clients show.
 *
 * @param isAsked whether clients are asked for one
 * @param isRequired whether those without one are turned away
 * @param authorities PEM file of those who may have signed them; nobody else is trusted, also not whom the JDK trusts
 * @param revoked file of their revocation lists (PEM or DER), or empty
 */
public record ClientCertificates(boolean isAsked, boolean isRequired, String authorities, String revoked) {
    /**
     * Refuses half a configuration.
     *
     * @throws IllegalArgumentException naming the setting
     */
    public ClientCertificates {
        if (isAsked && authorities.isEmpty()) {
            throw new IllegalArgumentException("SLUICE_AUTH_X509_ENABLED needs SLUICE_AUTH_X509_CA_FILE");
        }
        if (!isAsked && (isRequired || !authorities.isEmpty() || !revoked.isEmpty())) {
            throw new IllegalArgumentException("SLUICE_AUTH_X509_REQUIRED, SLUICE_AUTH_X509_CA_FILE and"
                    + " SLUICE_AUTH_X509_CRL_FILE need SLUICE_AUTH_X509_ENABLED=true");
        }
    }

    /** Reads the settings. */
    public static ClientCertificates from(Settings settings) {
        return new ClientCertificates(
                settings.flag(
                        "SLUICE_AUTH_X509_ENABLED",
                        false,
                        "ask clients for certificates (TLS); one that is good is a credential"),
                settings.flag("SLUICE_AUTH_X509_REQUIRED", false, "turn away clients without a certificate"),
                settings.text(
                        "SLUICE_AUTH_X509_CA_FILE", "", "PEM file of the only authorities of clients' certificates"),
                settings.text(
                        "SLUICE_AUTH_X509_CRL_FILE",
                        "",
                        "file of their revocation lists, PEM or DER; with it, a certificate without a current list is"
                                + " not good"));
    }
}
