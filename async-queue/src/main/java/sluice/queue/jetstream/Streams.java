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

/**
 * The streams, made when they are not there; what an operator has changed about them stays, but a stream without a bound
 * gets the one of the settings.
 *
 * <p>A full stream of open calls or bodies takes nothing more. A full stream of answers loses the oldest, as they would
 * be forgotten by age.
 */
final class Streams {
    private Streams() {}

    /** Blocks. */
    static Connection prepared(Connection connection, StreamLimits limits) throws IOException, JetStreamApiException {
        JetStreamManagement management = connection.jetStreamManagement();
        Set<String> present = new HashSet<>(management.getStreamNames());
        make(management, present, bounded(stream(Subjects.OPEN, limits, "SLUICE.open.>"), limits));
        make(
                management,
                present,
                bounded(stream(Subjects.RESULT, limits, "SLUICE.r.>"), limits)
                        .discardPolicy(DiscardPolicy.Old)
                        .maxAge(limits.answerAge()));
        make(management, present, stream(Subjects.KEY, limits, "SLUICE.k.>"));
        return connection;
    }

    /** Blocks. The stream of that day's bodies. */
    static void prepareBodies(Connection connection, String day, StreamLimits limits)
            throws IOException, JetStreamApiException {
        JetStreamManagement management = connection.jetStreamManagement();
        make(
                management,
                new HashSet<>(management.getStreamNames()),
                bounded(stream(Subjects.BODY + day, limits, "SLUICE.b." + day + ".>"), limits));
    }

    private static void make(JetStreamManagement management, Set<String> present, StreamConfiguration.Builder wanted)
            throws IOException, JetStreamApiException {
        StreamConfiguration stream = wanted.build();
        if (!present.contains(stream.getName())) {
            management.addStream(stream); // of no effect when another process was faster
        } else if (stream.getMaxBytes() > 0) {
            StreamConfiguration now = management.getStreamInfo(stream.getName()).getConfiguration();
            if (now.getMaxBytes() <= 0) {
                management.updateStream(StreamConfiguration.builder(now)
                        .maxBytes(stream.getMaxBytes())
                        .discardPolicy(stream.getDiscardPolicy())
                        .build());
            }
        }
    }

    private static StreamConfiguration.Builder bounded(StreamConfiguration.Builder stream, StreamLimits limits) {
        return limits.maxBytes() > 0 ? stream.maxBytes(limits.maxBytes()) : stream;
    }

    private static StreamConfiguration.Builder stream(String name, StreamLimits limits, String... subjects) {
        return StreamConfiguration.builder()
                .name(name)
                .subjects(subjects)
                .storageType(StorageType.File)
                .replicas(limits.replicas())
                .discardPolicy(DiscardPolicy.New)
                .maxMessagesPerSubject(1)
                .allowDirect(true);
    }
}
