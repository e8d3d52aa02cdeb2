package sluice.core.fleet;

import java.util.Set;

/**
 * A process of the fleet.
 *
 * @param id the same over restarts on the same data directory
 * @param epoch greater with each start of that id
 * @param roles what it does, such as {@code gateway} or {@code worker}
 */
public record FleetMember(String id, long epoch, Set<String> roles) {
    public FleetMember {
        roles = Set.copyOf(roles);
        if (!id.matches("[A-Za-z0-9-]{1,64}")) {
            throw new IllegalArgumentException("id must be 1 to 64 letters, digits or dashes");
        }
    }
}
