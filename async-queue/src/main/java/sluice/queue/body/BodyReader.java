package sluice.queue.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.SynchronousSink;

/** Reads a part of a file piece by piece; when the part is the whole body, its checksum is compared at the end. */
final class BodyReader {
    private static final int PIECE = 64 << 10;

    private final Path path;
    private final FileChannel channel;
    private final @Nullable CRC32C checksum;
    private final int expected;
    private final long end;
    private long at;

    BodyReader(Path path, long from, long to, boolean isWhole, int expected) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
        this.at = from;
        this.end = to;
        this.expected = expected;
        this.checksum = isWhole ? new CRC32C() : null;
    }

    void next(SynchronousSink<ByteBuf> sink) {
        if (at == end) {
            sink.complete();
            return;
        }
        ByteBuf piece = ByteBufAllocator.DEFAULT.directBuffer((int) Math.min(PIECE, end - at));
        try {
            fill(piece);
        } catch (IOException e) {
            piece.release();
            sink.error(e);
            return;
        }
        sink.next(piece);
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void fill(ByteBuf piece) throws IOException {
        while (piece.isWritable()) {
            int count = piece.writeBytes(channel, at, piece.writableBytes());
            if (count < 0) {
                throw new EOFException(path.getFileName() + " of the journal is cut off at " + at + " bytes");
            }
            at += count;
        }
        if (checksum != null) {
            checksum.update(piece.nioBuffer());
            if (at == end && (int) checksum.getValue() != expected) {
                throw new IOException(path.getFileName() + " of the journal is damaged: its checksum differs");
            }
        }
    }
}
