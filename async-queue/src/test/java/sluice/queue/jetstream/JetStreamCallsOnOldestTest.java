package sluice.queue.jetstream;

import sluice.fleet.nats.NatsServer;

class JetStreamCallsOnOldestTest extends JetStreamCallsContract {
    @Override
    NatsServer newServer() throws Exception {
        return NatsServer.oldest();
    }
}
