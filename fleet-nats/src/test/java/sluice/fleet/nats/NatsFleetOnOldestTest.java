package sluice.fleet.nats;

class NatsFleetOnOldestTest extends NatsFleetContract {
    @Override
    NatsServer newServer() throws Exception {
        return NatsServer.oldest();
    }
}
