package sluice.core;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A range of addresses in CIDR notation; an address alone is a range of one. */
public final class Network {
    private final byte[] address;
    private final int prefix;

    private Network(byte[] address, int prefix) {
        this.address = address;
        this.prefix = prefix;
    }

    /** Reads {@code 10.0.0.0/8} or {@code ::1}; empty when it is neither. */
    public static Optional<Network> parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return Optional.empty();
        }
        String bits = slash < 0 ? Integer.toString(8 * address.length) : text.substring(slash + 1);
        if (!bits.matches("[0-9]{1,3}") || Integer.parseInt(bits) > 8 * address.length) {
            return Optional.empty();
        }
        return Optional.of(new Network(address, Integer.parseInt(bits)));
    }

    /** Reads a list of them, separated by commas; empty when one of them is none. */
    public static Optional<List<Network>> parseList(String text) {
        if (text.isBlank()) {
            return Optional.of(List.of());
        }
        List<Network> networks = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Optional<Network> network = parse(part.trim());
            if (network.isEmpty()) {
                return Optional.empty();
            }
            networks.add(network.get());
        }
        return Optional.of(List.copyOf(networks));
    }

    /** Whether {@code candidate} lies in the range. */
    public boolean contains(InetAddress candidate) {
        byte[] other = candidate.getAddress();
        if (other.length != address.length) {
            return false;
        }
        int whole = prefix / 8;
        if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
            return false;
        }
        int rest = prefix % 8;
        int mask = 0xff << (8 - rest) & 0xff;
        return rest == 0 || (address[whole] & mask) == (other[whole] & mask);
    }

    @Override
    public String toString() {
        return NetUtil.bytesToIpAddress(address) + "/" + prefix;
    }
}
