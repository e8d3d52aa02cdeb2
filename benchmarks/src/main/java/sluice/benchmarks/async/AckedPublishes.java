package sluice.benchmarks.async;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bare medium of the journal on JetStream: messages like those of a real call, published without waiting to streams of
 * the same configuration on the same broker, so many unacknowledged at a time. A call is one message.
 */
final class AckedPublishes implements BareMedium {
    private static final long PATIENCE_SECONDS = 10;
    private static final AtomicLong NUMBERS = new AtomicLong(System.nanoTime());

    private final Connection connection;
    private final JetStream publishing;
    private final Copies calls;

    private AckedPublishes(Connection connection) throws IOException, JetStreamApiException {
        this.connection = connection;
        publishing = connection.jetStream();
        JetStreamManagement management = connection.jetStreamManagement();
        calls = Copies.of(management, "SLUICE_OPEN", "SLUICE.open.q.>");
    }

    /** Of the journal at {@code broker}, which must have a call already. */
    static AckedPublishes like(String broker) throws IOException, InterruptedException {
        Connection connection = Nats.connect(broker);
        try {
            return new AckedPublishes(connection);
        } catch (JetStreamApiException e) {
            connection.close();
            throw new IOException("the bare medium: " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return "bare publishes";
    }

    @Override
    public double perSecond(int atOnce, Duration time) throws IOException, InterruptedException {
        Semaphore room = new Semaphore(atOnce);
        AtomicLong kept = new AtomicLong();
        AtomicLong refused = new AtomicLong();
        long start = System.nanoTime();
        while (System.nanoTime() - start < time.toNanos()) {
            room.acquire();
            CompletableFuture<?> unused = published().whenComplete((done, e) -> {
                (e == null ? kept : refused).incrementAndGet();
                room.release();
            });
        }
        double perSecond = kept.get() * 1e9 / (System.nanoTime() - start);
        if (!room.tryAcquire(atOnce, PATIENCE_SECONDS, TimeUnit.SECONDS) || refused.get() > 0) {
            throw new IOException("the bare medium: " + refused + " publishes refused, or not acknowledged");
        }
        return perSecond;
    }

    private CompletableFuture<?> published() {
        String rid = String.format(Locale.ROOT, "%032x", NUMBERS.incrementAndGet());
        return publishing.publishAsync(calls.subject(rid), calls.headers(rid), calls.data());
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a stream's first message becomes with another record id, in a stream of its own. */
    private record Copies(MessageInfo first, String prefix) {
        static Copies of(JetStreamManagement management, String stream, String subjects)
                throws IOException, JetStreamApiException {
            MessageInfo first = management.getFirstMessage(stream, subjects);
            StreamConfiguration like = management.getStreamInfo(stream).getConfiguration();
            String prefix = "BARE." + stream;
            Object unused = management.addStream(StreamConfiguration.builder(like)
                    .name("BARE_" + stream)
                    .subjects(prefix + ".>")
                    .build());
            return new Copies(first, prefix);
        }

        String subject(String rid) {
            String like = first.getSubject();
            return prefix + like.substring(like.indexOf('.'), like.lastIndexOf('.') + 1) + rid;
        }

        Headers headers(String rid) {
            Headers headers = new Headers(first.getHeaders());
            return headers.put("Nats-Msg-Id", rid).put("Nats-Expected-Last-Subject-Sequence", "0");
        }

        byte[] data() {
            return first.getData() == null ? new byte[0] : first.getData();
        }
    }
}
