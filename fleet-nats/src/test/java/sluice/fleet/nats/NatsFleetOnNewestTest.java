package sluice.fleet.nats;

class NatsFleetOnNewestTest extends NatsFleetContract {
    @Override
    NatsServer newServer() throws Exception {
        return NatsServer.newest();
    }
}
