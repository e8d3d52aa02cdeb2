package sluice.invoker;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import sluice.core.CallIds;

/** Where a loop writes a head before it becomes a buffer: a byte array, because that is the fastest thing to write. */
final class HeadBuffer {
    private byte[] bytes = new byte[8 * 1024];
    private int length;

    @CanIgnoreReturnValue
    HeadBuffer clear() {
        length = 0;
        return this;
    }

    int length() {
        return length;
    }

    @CanIgnoreReturnValue
    HeadBuffer put(byte[] source) {
        return put(source, 0, source.length);
    }

    @CanIgnoreReturnValue
    HeadBuffer put(byte[] source, int from, int to) {
        int count = to - from;
        ensure(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
        return this;
    }

    @CanIgnoreReturnValue
    HeadBuffer put(byte b) {
        ensure(1);
        bytes[length++] = b;
        return this;
    }

    @CanIgnoreReturnValue
    HeadBuffer put(String ascii) {
        return put(ascii.getBytes(StandardCharsets.ISO_8859_1));
    }

    @CanIgnoreReturnValue
    HeadBuffer put(ByteBuf source, int at, int count) {
        ensure(count);
        source.getBytes(at, bytes, length, count);
        length += count;
        return this;
    }

    @CanIgnoreReturnValue
    HeadBuffer putDecimal(long value) {
        ensure(20);
        length = Lengths.writeDecimal(bytes, length, value);
        return this;
    }

    @CanIgnoreReturnValue
    HeadBuffer putCallId(CallIds ids) {
        ensure(CallIds.LENGTH);
        length = ids.write(bytes, length);
        return this;
    }

    /** A new buffer with what was written and room for {@code room} bytes more. */
    ByteBuf toBuffer(ByteBufAllocator allocator, int room) {
        return allocator.directBuffer(length + room).writeBytes(bytes, 0, length);
    }

    private void ensure(int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }
}
