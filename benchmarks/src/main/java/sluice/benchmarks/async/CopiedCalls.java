package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.api.MessageInfo;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fills a journal on JetStream with copies of a call that it has, of the same function and due at the same time: other
 * record ids, other call ids, everything else alike. That takes a third of the time that submitting takes.
 */
final class CopiedCalls implements AutoCloseable {
    private static final int AT_ONCE = 1_000;
    private static final long PATIENCE_SECONDS = 30;
    private static final int BELOW_HASH = 24; // bits of a record id's low half
    private static final String RECORD = "Sluice-Call";
    private static final String ID = "Nats-Msg-Id";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Connection connection;
    private final JetStream publishing;
    private final MessageInfo first;
    private final String prefix; // up to the partition
    private final long high;
    private final long low;

    private CopiedCalls(Connection connection) throws IOException, JetStreamApiException {
        this.connection = connection;
        publishing = connection.jetStream();
        first = connection.jetStreamManagement().getFirstMessage("SLUICE_OPEN", "SLUICE.open.q.>");
        String[] words = first.getSubject().split("\\.", -1);
        prefix = String.join(".", Arrays.copyOf(words, words.length - 2));
        BigInteger rid = new BigInteger(words[words.length - 1], 16);
        high = rid.shiftRight(Long.SIZE).longValue();
        low = rid.longValue();
    }

    /** Of the journal at {@code broker}, which must have a waiting call already. */
    static CopiedCalls of(String broker) throws IOException, InterruptedException {
        Connection connection = Nats.connect(broker);
        try {
            return new CopiedCalls(connection);
        } catch (JetStreamApiException e) {
            connection.close();
            throw new IOException("no call to copy: " + e.getMessage(), e);
        }
    }

    /** Publishes so many; the call id of the last, which is the first in its lane and so has a position at once. */
    String fill(int count) throws IOException, InterruptedException {
        Semaphore room = new Semaphore(AT_ONCE);
        AtomicLong refused = new AtomicLong();
        for (int i = 1; i < count; i++) {
            room.acquire();
            publish(high + i, UUID.randomUUID().toString(), room, refused);
        }
        await(room, refused);
        String last = UUID.randomUUID().toString();
        room.acquire();
        publish(high - 1, last, room, refused);
        await(room, refused);
        return last;
    }

    private static void await(Semaphore room, AtomicLong refused) throws IOException, InterruptedException {
        if (!room.tryAcquire(AT_ONCE, PATIENCE_SECONDS, TimeUnit.SECONDS) || refused.get() > 0) {
            throw new IOException(refused + " copies were refused, or not acknowledged");
        }
        room.release(AT_ONCE);
    }

    private void publish(long newHigh, String callId, Semaphore room, AtomicLong refused) throws IOException {
        long hash = hash(callId);
        long newLow = (hash << BELOW_HASH) | (low & ((1L << BELOW_HASH) - 1));
        String rid = String.format(Locale.ROOT, "%016x%016x", newHigh, newLow);
        Headers headers = new Headers(first.getHeaders())
                .put(RECORD, record(newHigh, newLow, callId))
                .put(ID, rid);
        byte[] data = first.getData() == null ? new byte[0] : first.getData();
        CompletableFuture<Void> unused = publishing
                .publishAsync(String.format(Locale.ROOT, "%s.%010x.%s", prefix, hash, rid), headers, data)
                .handle((done, e) -> {
                    refused.addAndGet(e == null ? 0 : 1);
                    room.release();
                    return null;
                });
    }

    private String record(long newHigh, long newLow, String callId) throws IOException {
        JsonNode kept = JSON.readTree(first.getHeaders().getFirst(RECORD));
        ObjectNode row = (ObjectNode) kept.get("row");
        ((ObjectNode) row.get("rid")).put("high", newHigh).put("low", newLow);
        row.put("callId", callId);
        return JSON.writeValueAsString(kept);
    }

    /** What a record id tells of a call id. */
    private static long hash(String callId) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(callId.getBytes(UTF_8));
            digest.update((byte) 0);
            return ByteBuffer.wrap(digest.digest()).getLong() >>> BELOW_HASH;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
