package sluice.queue.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where a body lies.
 *
 * @param segment which one, for {@link Kind#SEGMENT}; else 0
 * @param position of the first byte in the segment; else 0
 * @param checksum CRC-32C of the body
 * @param inline the body, for {@link Kind#INLINE}; else null; its whole array, never changed
 */
public record Place(
        Kind kind,
        long segment,
        long position,
        long length,
        int checksum,
        @Nullable ByteBuffer inline) {
    /** In the row; in a shared file; in a file of its own, named by the record id; elsewhere, as the journal knows. */
    public enum Kind {
        INLINE(0),
        SEGMENT(1),
        FILE(2),
        ELSEWHERE(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Kind parse(int code) {
            return switch (code) {
                case 0 -> INLINE;
                case 1 -> SEGMENT;
                case 2 -> FILE;
                default -> ELSEWHERE;
            };
        }
    }

    @Override
    public String toString() {
        return kind + "[" + length + " bytes]";
    }
}
