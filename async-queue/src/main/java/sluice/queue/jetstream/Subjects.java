package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import sluice.core.FunctionName;
import sluice.queue.Rid;
import sluice.queue.store.CallRow;
import sluice.queue.store.NewCall;

/**
 * Names in the broker. What callers choose appears in them only as a hash.
 *
 * <p>A record id carries what names its messages: its low half is 40 bits of the call id's hash, 18 random bits and the
 * partition. So a call is one message, found by its record id as by its call id, and no second one has to agree with it.
 */
final class Subjects {
    static final int PARTITIONS = 64;
    static final String OPEN = "SLUICE_OPEN";
    static final String RESULT = "SLUICE_RESULT";
    static final String KEY = "SLUICE_KEY";
    static final String BODY = "SLUICE_BODY_";
    private static final int BELOW_HASH = 24;
    private static final int HASH_AT = 16; // in the text of a record id, in hex digits
    private static final int HASH_END = 26;

    private Subjects() {}

    /** {@code rid} as that of a call of {@code function} with this call id. */
    static Rid in(Rid rid, FunctionName function, String callId) {
        long partition = CallRow.hashOf(function.qualified()) & (PARTITIONS - 1);
        long random = rid.low() & ((1L << BELOW_HASH) - PARTITIONS);
        long hash = ByteBuffer.wrap(digest(callId)).getLong() & (-1L << BELOW_HASH);
        return new Rid(rid.high(), hash | random | partition);
    }

    static int partition(Rid rid) {
        return (int) (rid.low() & (PARTITIONS - 1));
    }

    static String request(Rid rid) {
        return "SLUICE.open.q." + tail(rid);
    }

    static String state(Rid rid) {
        return "SLUICE.open.s." + tail(rid);
    }

    private static String tail(Rid rid) {
        String text = rid.toString();
        return two(partition(rid)) + "." + text.substring(HASH_AT, HASH_END) + "." + text;
    }

    /** Requests and states of all calls of that id, and by chance, once in 10^12, of another one. */
    static String calls(String callId) {
        return "SLUICE.open.*.*." + HexFormat.of().formatHex(digest(callId)).substring(0, HASH_END - HASH_AT) + ".*";
    }

    /** Requests and states of a partition; a subset of one subject of the stream, as 2.9 demands of a filter. */
    static String all(int partition) {
        return "SLUICE.open.*." + two(partition) + ".>";
    }

    static String answer(Rid rid, long fence) {
        return "SLUICE.r." + rid + "." + fence;
    }

    static String key(String hash) {
        return "SLUICE.k." + hash;
    }

    static String part(String day, String name, long number) {
        return "SLUICE.b." + day + "." + name + "." + number;
    }

    static String parts(String day, String name) {
        return "SLUICE.b." + day + "." + name + ".*";
    }

    static String lease(int partition) {
        return "partition-" + two(partition);
    }

    /** The stream of a request, a state or a key. */
    static String streamOf(String subject) {
        return subject.startsWith("SLUICE.open.") ? OPEN : KEY;
    }

    /** 128 bits, as hex. */
    static String hash(String... parts) {
        return HexFormat.of().formatHex(digest(parts), 0, Rid.BYTES);
    }

    private static byte[] digest(String... parts) {
        MessageDigest digest = NewCall.sha256();
        for (String part : parts) {
            digest.update(part.getBytes(UTF_8));
            digest.update((byte) 0);
        }
        return digest.digest();
    }

    private static String two(int partition) {
        return partition < 10 ? "0" + partition : Integer.toString(partition);
    }
}
