package sluice.queue.jetstream;

import sluice.fleet.nats.NatsServer;

class JetStreamJournalOnOldestTest extends JetStreamJournalContract {
    @Override
    NatsServer newServer() throws Exception {
        return NatsServer.oldest();
    }
}
