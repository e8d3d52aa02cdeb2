package sluice.queue.jetstream;

import sluice.fleet.nats.NatsServer;

class JetStreamCallsOnNewestTest extends JetStreamCallsContract {
    @Override
    NatsServer newServer() throws Exception {
        return NatsServer.newest();
    }
}
