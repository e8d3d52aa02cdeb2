package sluice.core.fleet;

import java.util.Set;

class LocalFleetTest extends FleetContract {
    @Override
    protected Fleet open() {
        return new LocalFleet(new FleetMember("only", 1, Set.of("gateway", "worker")));
    }
}
