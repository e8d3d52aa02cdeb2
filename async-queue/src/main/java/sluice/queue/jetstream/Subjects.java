package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import sluice.core.FunctionName;
import sluice.queue.Rid;
import sluice.queue.store.CallRow;
import sluice.queue.store.NewCall;

/** Names in the broker. What callers choose appears in them only as a hash. */
final class Subjects {
    static final int PARTITIONS = 64;
    static final String OPEN = "SLUICE_OPEN";
    static final String RESULT = "SLUICE_RESULT";
    static final String ID = "SLUICE_ID";
    static final String KEY = "SLUICE_KEY";
    static final String BODY = "SLUICE_BODY_";

    private Subjects() {}

    /** {@code rid} with the partition of {@code function} in its last bits. */
    static Rid in(Rid rid, FunctionName function) {
        long partition = CallRow.hashOf(function.qualified()) & (PARTITIONS - 1);
        return new Rid(rid.high(), (rid.low() & -PARTITIONS) | partition);
    }

    static int partition(Rid rid) {
        return (int) (rid.low() & (PARTITIONS - 1));
    }

    static String request(Rid rid) {
        return "SLUICE.open.q." + two(partition(rid)) + "." + rid;
    }

    static String state(Rid rid) {
        return "SLUICE.open.s." + two(partition(rid)) + "." + rid;
    }

    /** Requests and states of a partition; a subset of one subject of the stream, as 2.9 demands of a filter. */
    static String all(int partition) {
        return "SLUICE.open.*." + two(partition) + ".>";
    }

    static String answer(Rid rid, long fence) {
        return "SLUICE.r." + rid + "." + fence;
    }

    static String id(String callId, Rid rid) {
        return "SLUICE.i." + hash(callId) + "." + rid;
    }

    static String ids(String callId) {
        return "SLUICE.i." + hash(callId) + ".*";
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

    /** The stream of a request, a state, an entry or a key. */
    static String streamOf(String subject) {
        return subject.startsWith("SLUICE.open.") ? OPEN : subject.startsWith("SLUICE.i.") ? ID : KEY;
    }

    /** 128 bits, as hex. */
    static String hash(String... parts) {
        MessageDigest digest = NewCall.sha256();
        for (String part : parts) {
            digest.update(part.getBytes(UTF_8));
            digest.update((byte) 0);
        }
        return HexFormat.of().formatHex(digest.digest(), 0, Rid.BYTES);
    }

    private static String two(int partition) {
        return String.format(Locale.ROOT, "%02d", partition);
    }
}
