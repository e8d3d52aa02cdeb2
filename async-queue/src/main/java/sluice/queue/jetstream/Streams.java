package sluice.queue.jetstream;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** The streams, made when they are not there; what an operator has changed about them stays. */
final class Streams {
    private Streams() {}

    /** Blocks. */
    static Connection prepared(Connection connection, int replicas) throws IOException, JetStreamApiException {
        JetStreamManagement management = connection.jetStreamManagement();
        Set<String> present = new HashSet<>(management.getStreamNames());
        make(management, present, stream(Subjects.OPEN, replicas, "SLUICE.open.>"));
        make(management, present, stream(Subjects.RESULT, replicas, "SLUICE.r.>"));
        make(management, present, stream(Subjects.ID, replicas, "SLUICE.i.>"));
        make(management, present, stream(Subjects.KEY, replicas, "SLUICE.k.>"));
        return connection;
    }

    /** Blocks. The stream of that day's bodies. */
    static void prepareBodies(Connection connection, String day, int replicas)
            throws IOException, JetStreamApiException {
        JetStreamManagement management = connection.jetStreamManagement();
        make(
                management,
                new HashSet<>(management.getStreamNames()),
                stream(Subjects.BODY + day, replicas, "SLUICE.b." + day + ".>"));
    }

    private static void make(JetStreamManagement management, Set<String> present, StreamConfiguration stream)
            throws IOException, JetStreamApiException {
        if (!present.contains(stream.getName())) {
            management.addStream(stream); // of no effect when another process was faster
        }
    }

    private static StreamConfiguration stream(String name, int replicas, String... subjects) {
        return StreamConfiguration.builder()
                .name(name)
                .subjects(subjects)
                .storageType(StorageType.File)
                .replicas(replicas)
                .discardPolicy(DiscardPolicy.New)
                .maxMessagesPerSubject(1)
                .allowDirect(true)
                .build();
    }
}
