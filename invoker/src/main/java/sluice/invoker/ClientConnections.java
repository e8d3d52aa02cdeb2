package sluice.invoker;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The open client connections of one loop, so that a drain can reach them. Confined to its loop. */
final class ClientConnections {
    private final Set<ClientConnection> open = Collections.newSetFromMap(new IdentityHashMap<>());

    void add(ClientConnection connection) {
        open.add(connection);
    }

    void remove(ClientConnection connection) {
        open.remove(connection);
    }

    /** A copy: closing one changes the set. */
    List<ClientConnection> all() {
        return new ArrayList<>(open);
    }
}
