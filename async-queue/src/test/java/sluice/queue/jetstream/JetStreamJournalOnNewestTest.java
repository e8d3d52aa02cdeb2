package sluice.queue.jetstream;

import sluice.fleet.nats.NatsServer;

class JetStreamJournalOnNewestTest extends JetStreamJournalContract {
    @Override
    NatsServer newServer() throws Exception {
        return NatsServer.newest();
    }
}
