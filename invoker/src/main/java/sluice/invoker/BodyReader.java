package sluice.invoker;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Takes the body of one message out of a stream of bytes, by its framing and not a byte further. Used on both sides.
 * Chunked bodies are read strictly (RFC 9112, 7.1; reliability matrix, F6 and F7): what one reader would take for the
 * end of a chunk and another would not, breaks the message.
 *
 * <p>Confined to its loop. Reused from message to message.
 */
final class BodyReader {
    private static final int MOST_EXTENSION_BYTES = 4 * 1024;
    private static final int MOST_SIZE_DIGITS = 16;

    private enum State {
        DONE,
        LENGTH,
        UNTIL_CLOSE,
        SIZE,
        EXTENSION,
        QUOTED,
        SIZE_END,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILERS,
        BROKEN
    }

    private State state = State.DONE;
    private long left;
    private int digits;
    private int extensionBytes;

    void none() {
        state = State.DONE;
    }

    void length(long bytes) {
        left = bytes;
        state = bytes == 0 ? State.DONE : State.LENGTH;
    }

    void chunked() {
        state = State.SIZE;
        left = 0;
        digits = 0;
        extensionBytes = 0;
    }

    void untilClose() {
        state = State.UNTIL_CLOSE;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    boolean isBroken() {
        return state == State.BROKEN;
    }

    boolean isUntilClose() {
        return state == State.UNTIL_CLOSE;
    }

    /** Bytes that are certainly still to come; 0 when unknown. */
    long left() {
        return state == State.LENGTH ? left : 0;
    }

    /**
     * The next piece of the body, as a buffer the caller releases, or null when there is none yet, the body is done or
     * broken. When it ends a chunked body, its trailers are in {@code trailers} until that is used again.
     */
    @Nullable ByteBuf next(ByteBuf in, Head trailers) {
        while (in.isReadable()) {
            switch (state) {
                case LENGTH -> {
                    ByteBuf piece = take(in, left);
                    left -= piece.readableBytes();
                    if (left == 0) {
                        state = State.DONE;
                    }
                    return piece;
                }
                case DATA -> {
                    ByteBuf piece = take(in, left);
                    left -= piece.readableBytes();
                    if (left == 0) {
                        state = State.DATA_CR;
                    }
                    return piece;
                }
                case UNTIL_CLOSE -> {
                    return take(in, Long.MAX_VALUE);
                }
                case TRAILERS -> {
                    if (!readTrailers(in, trailers)) {
                        return null;
                    }
                }
                case DONE, BROKEN -> {
                    return null;
                }
                default -> state = step(in.readByte());
            }
        }
        return null;
    }

    private static ByteBuf take(ByteBuf in, long most) {
        return in.readRetainedSlice((int) Math.min(most, in.readableBytes()));
    }

    private boolean readTrailers(ByteBuf in, Head trailers) {
        Head.Result result = trailers.readTrailers(in);
        if (result == Head.Result.INCOMPLETE) {
            return false;
        }
        if (result != Head.Result.COMPLETE) {
            state = State.BROKEN;
            return false;
        }
        in.skipBytes(trailers.length);
        state = State.DONE;
        return true;
    }

    private State step(byte b) {
        return switch (state) {
            case SIZE -> sizeByte(b);
            case EXTENSION, QUOTED -> extensionByte(b);
            case SIZE_END -> b == '\n' ? afterSize() : State.BROKEN;
            case DATA_CR -> b == '\r' ? State.DATA_LF : State.BROKEN;
            case DATA_LF -> b == '\n' ? newSize() : State.BROKEN;
            default -> State.BROKEN;
        };
    }

    private State newSize() {
        left = 0;
        digits = 0;
        return State.SIZE;
    }

    private State sizeByte(byte b) {
        int digit = Lengths.hex(b);
        if (digit >= 0) {
            if (++digits > MOST_SIZE_DIGITS || left > Long.MAX_VALUE >> 4) {
                return State.BROKEN;
            }
            left = left << 4 | digit;
            return State.SIZE;
        }
        if (digits == 0) {
            return State.BROKEN;
        }
        return b == '\r' ? State.SIZE_END : b == ';' ? State.EXTENSION : State.BROKEN;
    }

    private State extensionByte(byte b) {
        if (++extensionBytes > MOST_EXTENSION_BYTES) {
            return State.BROKEN;
        }
        if (b == '"') {
            return state == State.QUOTED ? State.EXTENSION : State.QUOTED;
        }
        if (b == '\r' && state == State.EXTENSION) {
            return State.SIZE_END;
        }
        boolean isControl = (b >= 0 && b < 0x20 && b != '\t') || b == 0x7f;
        return isControl ? State.BROKEN : state;
    }

    private State afterSize() {
        return left == 0 ? State.TRAILERS : State.DATA;
    }
}
