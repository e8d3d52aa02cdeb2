package sluice.queue.body;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** A body's own file while it is written. Blocks; confined to one thread at a time. */
final class BodyFile {
    private final Path path;
    private final FileChannel channel;
    private final CRC32C checksum = new CRC32C();

    private BodyFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static BodyFile create(Path path) throws IOException {
        return new BodyFile(
                path,
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE));
    }

    void write(ByteBuffer bytes) throws IOException {
        checksum.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Syncs the file and the directory that names it; the checksum of all that was written. */
    int finish() throws IOException {
        channel.force(true);
        channel.close();
        syncDirectory(path);
        return (int) checksum.getValue();
    }

    void abandon() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }

    /** Makes a new name in the directory of {@code file} survive a power loss. */
    static void syncDirectory(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
                opened.force(true);
            }
        }
    }
}
