package sluice.access.token;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where an issuer's documents may be fetched: over TLS, except from this machine or from an address the operator wrote
 * down himself; never from addresses that clouds answer with secrets of the machine.
 */
public final class KeyLocation {
    private static final String DISCOVERY = "/.well-known/openid-configuration";
    private static final byte[] IPV6_METADATA = {(byte) 0xfd, 0, 0x0e, (byte) 0xc2};

    private final String issuer;
    private final @Nullable String internal;

    /** @param internal another base for fetching, or null (JwtIssuer, issInternal) */
    KeyLocation(String issuer, @Nullable String internal) {
        this.issuer = issuer;
        this.internal = internal;
    }

    /** The discovery document (OpenID Connect Discovery 1.0, 4.1: one trailing slash is removed). */
    URI discovery() throws KeysUnavailable {
        return checked(withoutSlash(internal == null ? issuer : internal) + DISCOVERY);
    }

    /** The key set that the discovery document names, below the internal base if there is one. */
    URI keys(String named) throws KeysUnavailable {
        String base = withoutSlash(issuer);
        return checked(
                internal != null && named.startsWith(base + "/")
                        ? withoutSlash(internal) + named.substring(base.length())
                        : named);
    }

    static boolean isForbidden(InetAddress address) {
        return address.isLinkLocalAddress()
                || address.isMulticastAddress()
                || address.isAnyLocalAddress()
                || (address instanceof Inet6Address
                        && Arrays.equals(IPV6_METADATA, Arrays.copyOf(address.getAddress(), 4)));
    }

    private URI checked(String text) throws KeysUnavailable {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new KeysUnavailable("an address that is no URL");
        }
        String host = uri.getHost();
        if (host == null || uri.getUserInfo() != null || uri.getFragment() != null) {
            throw new KeysUnavailable("an address without a host, or with more than a URL needs");
        }
        boolean isInternal = internal != null && text.startsWith(withoutSlash(internal) + "/");
        boolean isHttp = "http".equals(uri.getScheme()) && (isInternal || isLoopback(host));
        if (!isHttp && !"https".equals(uri.getScheme())) {
            throw new KeysUnavailable("an address that is not https");
        }
        InetAddress literal = literal(host);
        if (literal != null && isForbidden(literal)) {
            throw new KeysUnavailable("a link-local address");
        }
        return uri;
    }

    /** Whether a host of a URL is this machine by its very name. */
    public static boolean isLoopback(String host) {
        InetAddress literal = literal(host);
        return literal == null ? host.equals("localhost") : literal.isLoopbackAddress();
    }

    private static @Nullable InetAddress literal(String host) {
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return NetUtil.createInetAddressFromIpAddressString(bare);
    }

    private static String withoutSlash(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }
}
