package sluice.queue.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for damage in the log that SQLite would take for its end: it reads a log up to the first frame whose checksum is
 * wrong, and what was committed behind that is gone without a word. A crash leaves no such thing, since the frame that
 * commits is written last; so if one follows a wrong frame, the log was damaged, and is set aside before it is read.
 *
 * <p>The format is SQLite's (WAL-mode file format, sections 4.1 and 4.2).
 */
final class LogCheck {
    private static final Logger log = LoggerFactory.getLogger(LogCheck.class);
    private static final int HEADER = 32;
    private static final int FRAME_HEADER = 24;
    private static final int BIG_ENDIAN_SUMS = 0x377f0683;
    private static final int LITTLE_ENDIAN_SUMS = 0x377f0682;

    private int sum1;
    private int sum2;

    private LogCheck() {}

    /** Whether the log of {@code file} was damaged; a copy of it is beside it then. Blocks. */
    static boolean setAsideIfDamaged(Path file) throws IOException {
        Path logFile = Path.of(file + "-wal");
        if (!Files.exists(logFile) || Files.size(logFile) < HEADER || !new LogCheck().isDamaged(logFile)) {
            return false;
        }
        Path copy = Path.of(logFile + ".damaged-" + System.currentTimeMillis());
        Files.copy(logFile, copy);
        log.error(
                "the journal's log {} is damaged: calls that were committed behind the damage are lost; it is kept as {}",
                logFile,
                copy);
        return true;
    }

    private boolean isDamaged(Path logFile) throws IOException {
        try (FileChannel channel = FileChannel.open(logFile, StandardOpenOption.READ)) {
            ByteBuffer header = read(channel, 0, HEADER);
            int magic = header.getInt(0);
            if (magic != BIG_ENDIAN_SUMS && magic != LITTLE_ENDIAN_SUMS) {
                return true;
            }
            ByteOrder order = magic == BIG_ENDIAN_SUMS ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            add(header, 0, HEADER - 8, order);
            if (sum1 != header.getInt(24) || sum2 != header.getInt(28)) {
                return true;
            }
            long salts = header.getLong(16);
            int frame = FRAME_HEADER + header.getInt(8);
            boolean isValid = true;
            for (long at = HEADER; at + frame <= channel.size(); at += frame) {
                ByteBuffer bytes = read(channel, at, isValid ? frame : FRAME_HEADER);
                boolean isOfThisLog = bytes.getLong(8) == salts;
                boolean isCommit = bytes.getInt(4) != 0;
                isValid = isValid && isOfThisLog && isIntact(bytes, frame, order);
                if (!isValid && isOfThisLog && isCommit) {
                    return true;
                }
            }
            return false;
        }
    }

    private boolean isIntact(ByteBuffer bytes, int frame, ByteOrder order) {
        add(bytes, 0, 8, order);
        add(bytes, FRAME_HEADER, frame, order);
        return sum1 == bytes.getInt(16) && sum2 == bytes.getInt(20);
    }

    private void add(ByteBuffer bytes, int from, int to, ByteOrder order) {
        ByteBuffer words = bytes.duplicate().order(order);
        for (int i = from; i < to; i += 8) {
            sum1 += words.getInt(i) + sum2;
            sum2 += words.getInt(i + 4) + sum1;
        }
    }

    private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, at + bytes.position()) < 0) {
                throw new IOException("the journal's log ended while it was read");
            }
        }
        return bytes.flip();
    }
}
