package sluice.queue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A record id: the journal's own name for a call. Ordered by time of submit: 48 bits of milliseconds since 1970, 16 bits
 * that count within one from a random start, 64 random bits.
 */
public record Rid(long high, long low) implements Comparable<Rid> {
    /** Bytes of the binary form. */
    public static final int BYTES = 16;

    private static final HexFormat HEX = HexFormat.of();

    /** Reads 32 lower-case hex digits; empty for anything else. */
    public static Optional<Rid> parse(String text) {
        if (text.length() != 2 * BYTES
                || !text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return Optional.empty();
        }
        return Optional.of(of(HEX.parseHex(text)));
    }

    /** Reads the binary form, 16 bytes. */
    public static Rid of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Rid(buffer.getLong(), buffer.getLong());
    }

    /** 16 bytes, ordered as the ids are. */
    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    /** Milliseconds since 1970 at which it was minted. */
    public long millis() {
        return high >>> 16;
    }

    @Override
    public int compareTo(Rid other) {
        int byTime = Long.compareUnsigned(high, other.high);
        return byTime != 0 ? byTime : Long.compareUnsigned(low, other.low);
    }

    /** 32 lower-case hex digits. */
    @Override
    public String toString() {
        return HEX.toHexDigits(high) + HEX.toHexDigits(low);
    }
}
