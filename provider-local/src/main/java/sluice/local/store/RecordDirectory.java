package sluice.local.store;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory with one small file per record. A write or delete is on disk when the method returns, and a reader at any
 * moment, a crash included, sees the whole old record or the whole new one: temporary file, sync, rename, directory
 * sync. Files are readable by their owner only.
 *
 * <p>Record names must not begin with a dot; those are this class's own. Blocks; one writer at a time.
 */
public final class RecordDirectory {
    private static final Logger log = LoggerFactory.getLogger(RecordDirectory.class);
    private static final String TEMPORARY = ".new-";
    private static final String SET_ASIDE = ".unreadable-";

    private final Path directory;
    private final AtomicLong temporaries = new AtomicLong();

    private RecordDirectory(Path directory) {
        this.directory = directory;
    }

    /** Opens {@code directory}, made if missing, and removes what a crash left half-written. */
    public static RecordDirectory open(Path directory) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        sync(directory.resolve("..")); // the directory itself may be new
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, TEMPORARY + "*")) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
        return new RecordDirectory(directory);
    }

    /** The names of all records, sorted. */
    public List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.startsWith(".") && Files.isRegularFile(file)) {
                    names.add(name);
                }
            }
        }
        Collections.sort(names);
        return names;
    }

    public boolean contains(String name) {
        return Files.exists(directory.resolve(name));
    }

    public byte[] read(String name) throws IOException {
        return Files.readAllBytes(directory.resolve(name));
    }

    /** Stores {@code content} under {@code name}, replacing what was there. */
    public void write(String name, byte[] content) throws IOException {
        Path temporary = directory.resolve(TEMPORARY + temporaries.incrementAndGet());
        try {
            writeAndSync(temporary, content);
            Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        sync(directory);
    }

    /** Removes a record; nothing happens when there is none. */
    public void delete(String name) throws IOException {
        if (Files.deleteIfExists(directory.resolve(name))) {
            sync(directory);
        }
    }

    /** Keeps an unreadable record out of the way, for a person to look at, and says so. */
    public void setAside(String name, Exception reason) throws IOException {
        Path aside = directory.resolve(SET_ASIDE + name);
        Files.move(directory.resolve(name), aside, StandardCopyOption.REPLACE_EXISTING);
        sync(directory);
        log.error("{} cannot be read and is ignored; kept as {}: {}", name, aside, reason.getMessage());
    }

    private static void writeAndSync(Path file, byte[] content) throws IOException {
        Set<java.nio.file.OpenOption> options = Set.of(CREATE_NEW, WRITE);
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(EnumSet.copyOf(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(file, options, ownerOnly)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, READ)) {
            channel.force(true);
        }
    }
}
