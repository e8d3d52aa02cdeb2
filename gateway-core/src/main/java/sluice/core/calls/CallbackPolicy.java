package sluice.core.calls;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * Whom a result may be sent to: the URL comes from a caller and must not become a way into what only this process can
 * reach. {@link #parse} decides what can be decided by the URL alone, when a call is submitted; {@link #refusal} about
 * each address that its host turned out to have, when it is dialled. Immutable, never blocks.
 *
 * <p>Refused always: unspecified, multicast, broadcast and link-local addresses (cloud metadata is at one), the ports of
 * the journal's broker, and the gateway's own listeners but for {@code /function/} and {@code /async-function/}. Then
 * the operator's lists decide, and then loopback is refused, unless functions run on this machine.
 */
public final class CallbackPolicy {
    private static final int LONGEST = 8_192;
    private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

    private final CallbackRules rules;
    private final boolean isLoopbackAllowed;
    private final IntPredicate isJournalPort;
    private final IntPredicate isOwnPort;

    /**
     * A policy.
     *
     * @param isLoopbackAllowed whether functions, and so receivers, run on this machine
     * @param isJournalPort tells ports of the journal's broker, TCP; asked late, because a broker tells of others
     * @param isOwnPort tells ports on which this process listens; asked late, because some are known late
     */
    public CallbackPolicy(
            CallbackRules rules, boolean isLoopbackAllowed, IntPredicate isJournalPort, IntPredicate isOwnPort) {
        this.rules = rules;
        this.isLoopbackAllowed = isLoopbackAllowed;
        this.isJournalPort = isJournalPort;
        this.isOwnPort = isOwnPort;
    }

    /**
     * Reads the value of {@code X-Callback-Url}; a fragment, which is nobody's business but the client's, is left out.
     *
     * @throws FailureException {@link Failure#INVALID_REQUEST}; the text says what is wrong and repeats nothing of the
     *     URL, which may hold a password
     */
    public URI parse(String text) {
        if (text.length() > LONGEST) {
            throw refuse("must have at most " + LONGEST + " characters");
        }
        URI url;
        try {
            int fragment = text.indexOf('#');
            url = new URI(fragment < 0 ? text : text.substring(0, fragment));
        } catch (URISyntaxException e) {
            throw refuse("is no URL");
        }
        String scheme = url.getScheme();
        if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
            throw refuse("must be an absolute http or https URL");
        }
        if (url.getHost() == null || url.getHost().isEmpty() || url.getPort() == 0 || url.getPort() > 65_535) {
            throw refuse("must name a host, and a port from 1 to 65535 if any");
        }
        refusalAtSubmit(url).ifPresent(why -> {
            throw refuse(why);
        });
        return url;
    }

    private Optional<String> refusalAtSubmit(URI url) {
        if (isOwn(url)) {
            return OwnUrl.of(url).isPresent()
                    ? Optional.empty()
                    : Optional.of(
                            "names this gateway, which can be called back at /function/ and /async-function/ only");
        }
        String host = nameOf(url);
        InetAddress literal = literal(host);
        if (literal != null) {
            boolean isLocal = literal.isLoopbackAddress() || literal.isAnyLocalAddress();
            if (isLocal
                    && isOwnPort.test(CallbackRules.portOf(url))
                    && OwnUrl.of(url).isPresent()) {
                return Optional.empty();
            }
            return refusal(host, CallbackRules.portOf(url), literal, isLocal);
        }
        if (isJournalPort.test(CallbackRules.portOf(url))) {
            return Optional.of(journalPort(CallbackRules.portOf(url)));
        }
        if (rules.deny().matches(host)) {
            return Optional.of("names a host that is denied (SLUICE_CALLBACK_DENY)");
        }
        boolean mayBeAllowed = rules.allow().isEmpty()
                || rules.allow().hasNetworks()
                || rules.allow().matches(host);
        return mayBeAllowed
                ? Optional.empty()
                : Optional.of("names a host that is not allowed (SLUICE_CALLBACK_ALLOW)");
    }

    /**
     * Why {@code address}, to which {@code host} resolved, must not be dialled; empty when it may. For URLs that are not
     * {@link #isOwn}.
     *
     * @param isLocal whether the address is one of this machine, loopback included
     */
    public Optional<String> refusal(String host, int port, InetAddress address, boolean isLocal) {
        InetAddress real = unwrap(address);
        String name = strip(host.toLowerCase(Locale.ROOT));
        if (isJournalPort.test(port)) {
            return Optional.of(journalPort(port));
        }
        if (isNeverAReceiver(real)) {
            return Optional.of("leads to an unspecified, multicast, broadcast or link-local address");
        }
        if (isLocal && isOwnPort.test(port)) {
            return Optional.of("leads to a port of this gateway");
        }
        if (rules.deny().matches(name) || rules.deny().matches(real)) {
            return Optional.of("leads to a host that is denied (SLUICE_CALLBACK_DENY)");
        }
        boolean isListed = rules.allow().matches(name) || rules.allow().matches(real);
        if (!rules.allow().isEmpty() && !isListed) {
            return Optional.of("leads to a host that is not allowed (SLUICE_CALLBACK_ALLOW)");
        }
        return real.isLoopbackAddress() && !isLoopbackAllowed && !isListed
                ? Optional.of("leads to a loopback address")
                : Optional.empty();
    }

    /** Whether {@code url}, as read by {@link #parse}, names this gateway as {@code gateway_url} does. */
    public boolean isOwn(URI url) {
        return rules.ownAuthorities().contains(CallbackRules.authorityOf(url));
    }

    /** Whether this process listens on that port, so that a local address behind it may be this gateway. */
    public boolean isOwnPort(URI url) {
        return isOwnPort.test(CallbackRules.portOf(url));
    }

    /** The host of a URL without the brackets of an IPv6 address, lower case, without a dot at its end. */
    public static String nameOf(URI url) {
        return strip(url.getHost().toLowerCase(Locale.ROOT));
    }

    private static String strip(String host) {
        if (host.startsWith("[") && host.endsWith("]")) {
            return host.substring(1, host.length() - 1);
        }
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    private static @Nullable InetAddress literal(String host) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        return bytes == null ? null : address(bytes);
    }

    /** Looks through the forms in which an IPv6 address stands for one of IPv4. */
    private static InetAddress unwrap(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != 16) {
            return address;
        }
        boolean isNat64 = Arrays.equals(bytes, 0, 12, NAT64, 0, 12);
        boolean isCompatible = Arrays.equals(bytes, 0, 12, new byte[12], 0, 12)
                && !address.isLoopbackAddress()
                && !address.isAnyLocalAddress();
        if (isNat64 || isCompatible) {
            return address(Arrays.copyOfRange(bytes, 12, 16));
        }
        boolean is6to4 = bytes[0] == 0x20 && bytes[1] == 0x02;
        return is6to4 ? address(Arrays.copyOfRange(bytes, 2, 6)) : address;
    }

    private static boolean isNeverAReceiver(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean isThisNetwork = bytes.length == 4 && bytes[0] == 0;
        boolean isReserved = bytes.length == 4 && (bytes[0] & 0xf0) == 0xf0; // 240/4, broadcast included
        return isThisNetwork
                || isReserved
                || address.isAnyLocalAddress()
                || address.isMulticastAddress()
                || address.isLinkLocalAddress();
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    private static String journalPort(int port) {
        return "leads to port " + port + ", which is the journal's";
    }

    private static FailureException refuse(String why) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, "X-Callback-Url " + why);
    }
}
