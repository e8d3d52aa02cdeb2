package sluice.queue.body;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shared files that are only appended to, synced once per batch. A segment that has reached its size is closed, and
 * deleted when its last record is. Written by the journal's writer thread alone; {@link #path} may be asked by all.
 */
final class Segments {
    private static final long SIZE = 64 << 20;
    private static final Pattern NAME = Pattern.compile("[0-9]{10}\\.segment");

    private final Path directory;
    private final FreeSpace space;
    private volatile long current;
    private @Nullable FileChannel channel;
    private long position;
    private boolean isDirty;

    /** A new process never goes on in an older segment: its end may be torn. */
    Segments(Path directory, FreeSpace space) throws IOException {
        this.directory = directory;
        this.space = space;
        this.current = present().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    Path path(long id) {
        return directory.resolve(String.format("%010d.segment", id));
    }

    /** Appends; the position of the first byte. The segment is {@link #current} afterwards. */
    long append(ByteBuffer bytes) throws IOException {
        space.require(bytes.remaining());
        FileChannel open = channel;
        if (open == null || position + bytes.remaining() > SIZE) {
            open = begin();
        }
        long at = position;
        position += bytes.remaining();
        isDirty = true;
        ByteBuffer left = bytes.duplicate();
        long to = at;
        while (left.hasRemaining()) {
            to += open.write(left, to);
        }
        return at;
    }

    long current() {
        return current;
    }

    void sync() throws IOException {
        if (isDirty && channel != null) {
            channel.force(false);
            isDirty = false;
        }
    }

    List<Long> present() throws IOException {
        List<Long> ids = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> NAME.matcher(name).matches())
                    .forEach(name -> ids.add(Long.parseLong(name.substring(0, 10))));
        }
        return ids;
    }

    void close() throws IOException {
        sync();
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }

    private FileChannel begin() throws IOException {
        close();
        long id = current + 1;
        Path next = path(id);
        FileChannel opened = FileChannel.open(next, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        BodyFile.syncDirectory(next);
        current = id;
        position = 0;
        channel = opened;
        return opened;
    }
}
