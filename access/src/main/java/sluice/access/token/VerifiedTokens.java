package sluice.access.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What is already known of tokens, so that a repeated one costs a look-up instead of a signature. A bounded table,
 * not thread-safe; finding allocates nothing.
 *
 * <p>A slot is found by a 64-bit hash of the token's bytes under a seed that nobody outside knows, and counts only when
 * the bytes themselves are the same, compared in a time that does not depend on where they differ. So a made-up token
 * can neither collide on purpose nor learn anything by trying. Four slots stand side by side; a new entry takes the place
 * of the one that was put there longest ago.
 *
 * @param <T> what is known; told when it ends to count by whoever looks
 */
public final class VerifiedTokens<T> {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int WAYS = 4;
    private static final int LONGEST = 4_096;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final int sets;
    private @Nullable Table table;
    /** At most so many entries, rounded down to a power of two; fewer than 4 remember nothing. */
    public VerifiedTokens(int entries) {
        this.sets = entries < WAYS ? 0 : Integer.highestOneBit(entries / WAYS);
    }

    /** What is known of the token in these bytes, or null. */
    @SuppressWarnings("unchecked") // only put fills the table
    public @Nullable T find(byte[] bytes, int start, int end) {
        if (sets == 0) {
            return null;
        }
        Table table = table();
        long hash = hash(bytes, start, end);
        int first = first(hash);
        for (int i = first; i < first + WAYS; i++) {
            byte[] known = table.tokens[i];
            if (known != null && table.hashes[i] == hash && isSame(known, bytes, start, end)) {
                return (T) table.values[i];
            }
        }
        return null;
    }

    /** Remembers {@code value} for the token in these bytes, in the place of an older one if need be; very long tokens are not. */
    public void put(byte[] bytes, int start, int end, T value) {
        if (sets == 0 || end - start > LONGEST) {
            return;
        }
        Table table = table();
        long hash = hash(bytes, start, end);
        int first = first(hash);
        int slot = first + (table.next[first / WAYS]++ & (WAYS - 1));
        for (int i = first; i < first + WAYS; i++) {
            byte[] known = table.tokens[i];
            if (known == null || (table.hashes[i] == hash && isSame(known, bytes, start, end))) {
                slot = i;
                break;
            }
        }
        byte[] copy = new byte[end - start];
        System.arraycopy(bytes, start, copy, 0, copy.length);
        table.tokens[slot] = copy;
        table.hashes[slot] = hash;
        table.values[slot] = value;
    }

    private Table table() {
        Table made = table;
        if (made == null) { // most never see a token
            made = new Table(sets * WAYS);
            table = made;
        }
        return made;
    }

    private static final class Table {
        final long[] hashes;
        final byte[] @Nullable [] tokens;
        final @Nullable Object[] values;
        final byte[] next;

        Table(int slots) {
            hashes = new long[slots];
            tokens = new byte[slots][];
            values = new Object[slots];
            next = new byte[slots / WAYS];
        }
    }

    private int first(long hash) {
        return ((int) (hash >>> 33) % sets) * WAYS;
    }

    private long hash(byte[] bytes, int start, int end) {
        long hash = seed ^ ((end - start) * MIX);
        int i = start;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            hash = mix(hash, (long) LONGS.get(bytes, i));
        }
        long rest = 0;
        for (; i < end; i++) {
            rest = (rest << 8) | (bytes[i] & 0xff);
        }
        return mix(hash, rest);
    }

    /** Both halves of a product, which is what makes one multiplication a good mixer. */
    private long mix(long hash, long word) {
        long a = hash ^ word;
        long b = MIX ^ seed;
        return (a * b) ^ Math.multiplyHigh(a, b) ^ Long.rotateLeft(hash, 29);
    }

    private static boolean isSame(byte[] known, byte[] bytes, int start, int end) {
        if (known.length != end - start) {
            return false;
        }
        int differences = 0;
        for (int i = 0; i < known.length; i++) {
            differences |= known[i] ^ bytes[start + i];
        }
        return differences == 0;
    }
}
