package sluice.http;

import io.netty.channel.epoll.Epoll;
import java.util.Locale;

/** How the event loops of client and upstream connections talk to the system; {@code SLUICE_TRANSPORT}. */
public enum Transport {
    /** What this machine has: epoll on Linux, else the JDK's NIO. */
    AUTO,
    /** Linux's epoll, by Netty's native library. */
    EPOLL,
    /** The JDK's portable selector. */
    NIO;

    /** Whether the system's own interface is used where it can be. */
    boolean isNative() {
        return this != NIO;
    }

    /**
     * Loads the library that was asked for.
     *
     * @throws IllegalArgumentException when it cannot be loaded; the message tells why
     */
    void load() {
        if (this == EPOLL && !Epoll.isAvailable()) {
            throw new IllegalArgumentException("SLUICE_TRANSPORT=epoll: "
                    + Epoll.unavailabilityCause().getMessage() + "; auto takes what there is");
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
