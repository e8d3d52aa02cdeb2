package sluice.http;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the streams that follow logs or functions, in all and by client. Thread-safe. */
final class Followers {
    private final Map<String, Integer> byClient = new HashMap<>();
    private int all;

    /** The name under which a peer is counted: its address without the port. */
    static String client(@Nullable SocketAddress peer) {
        return peer instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress().getHostAddress()
                : "";
    }

    /** Counts one in, which {@link #leave} must undo; or says why it may not, and counts nothing. */
    synchronized String enter(String client, HttpConfig config) {
        int own = byClient.getOrDefault(client, 0);
        if (all >= config.maxFollowers()) {
            return "too many streams, at most " + config.maxFollowers() + " (SLUICE_MAX_FOLLOWERS)";
        }
        if (own >= config.maxFollowersPerClient()) {
            return "too many streams of this client, at most " + config.maxFollowersPerClient()
                    + " (SLUICE_MAX_FOLLOWERS_PER_CLIENT)";
        }
        all++;
        byClient.put(client, own + 1);
        return "";
    }

    synchronized void leave(String client) {
        all--;
        byClient.computeIfPresent(client, (name, own) -> own == 1 ? null : own - 1);
    }
}
