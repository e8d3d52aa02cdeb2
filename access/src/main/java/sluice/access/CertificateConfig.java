package sluice.access;

import sluice.core.Settings;

/**
 * Settings of what client certificates say.
 *
 * @param isOn whether they count
 * @param takesSystemIdentities whether they may name users and groups of Kubernetes itself
 */
public record CertificateConfig(boolean isOn, boolean takesSystemIdentities) {
    static CertificateConfig from(Settings settings) {
        return new CertificateConfig(
                settings.flag(
                        "SLUICE_AUTH_X509_ENABLED",
                        false,
                        "ask clients for certificates (TLS); one that is good is a credential"),
                settings.flag(
                        "SLUICE_AUTH_X509_ALLOW_SYSTEM_IDENTITIES",
                        false,
                        "let client certificates name users and groups that begin with system:"));
    }
}
