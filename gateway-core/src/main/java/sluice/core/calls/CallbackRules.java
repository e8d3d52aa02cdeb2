package sluice.core.calls;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import sluice.core.Settings;

/**
 * Settings of where callbacks may go.
 *
 * @param allow when not empty, nobody else is called back; loopback addresses among them are
 * @param deny never called back
 * @param ownAuthorities {@code host:port} under which clients in the cluster know this gateway, lower case
 */
public record CallbackRules(HostRules allow, HostRules deny, List<String> ownAuthorities) {
    public CallbackRules {
        ownAuthorities = List.copyOf(ownAuthorities);
    }

    /** Reads the settings. */
    public static CallbackRules from(Settings settings) {
        return new CallbackRules(
                settings.parsed(
                        "SLUICE_CALLBACK_ALLOW",
                        "list of CIDR and host names",
                        HostRules.NONE,
                        "receivers of callbacks, a name with all names below it; empty: all that are not refused",
                        HostRules::parse),
                settings.parsed(
                        "SLUICE_CALLBACK_DENY",
                        "list of CIDR and host names",
                        HostRules.NONE,
                        "who gets no callback, a name with all names below it",
                        HostRules::parse),
                settings.parsed(
                        "gateway_url",
                        "list of http URL",
                        List.<String>of(),
                        "how this gateway is called in its network; a callback there goes straight to the function",
                        CallbackRules::authorities));
    }

    private static Optional<List<String>> authorities(String text) {
        List<String> authorities = new ArrayList<>();
        for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
            Optional<String> authority = authority(part.trim());
            if (authority.isEmpty()) {
                return Optional.empty();
            }
            authorities.add(authority.get());
        }
        return Optional.of(List.copyOf(authorities));
    }

    private static Optional<String> authority(String text) {
        try {
            URI url = new URI(text);
            boolean isHttp = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            return isHttp && url.getHost() != null ? Optional.of(authorityOf(url)) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** {@code host:port} of an absolute http or https URL, lower case, the scheme's port where it names none. */
    static String authorityOf(URI url) {
        return url.getHost().toLowerCase(Locale.ROOT) + ":" + portOf(url);
    }

    static int portOf(URI url) {
        return url.getPort() >= 0 ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }
}
