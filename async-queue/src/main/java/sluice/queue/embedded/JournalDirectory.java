package sluice.queue.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The directory of a journal, held by one process at a time and readable by its user alone. */
final class JournalDirectory implements AutoCloseable {
    private final Path directory;
    private final FileChannel lockFile;

    private JournalDirectory(Path directory, FileChannel lockFile) {
        this.directory = directory;
        this.lockFile = lockFile;
    }

    /**
     * Takes the directory, or makes it. Blocks.
     *
     * @throws IOException when another process has it, or when it has bodies but no journal
     */
    static JournalDirectory open(Path directory) throws IOException {
        Path present = nearestPresent(directory.toAbsolutePath());
        Files.createDirectories(directory);
        if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
        for (Path entry = directory.toAbsolutePath();
                entry != null && !entry.equals(present);
                entry = entry.getParent()) {
            sync(entry.getParent());
        }
        FileChannel lockFile =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        JournalDirectory opened = new JournalDirectory(directory, lockFile);
        try {
            if (tryLock(lockFile) == null) {
                throw new IOException("the journal " + directory + " is in use by another process; stop that, or choose"
                        + " another directory with SLUICE_DATA_DIR");
            }
            opened.requireJournalBesideBodies();
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private static @Nullable Path nearestPresent(Path directory) {
        Path present = directory;
        while (present != null && !Files.isDirectory(present)) {
            present = present.getParent();
        }
        return present;
    }

    /** Makes the names in a directory survive a power loss. */
    private static void sync(@Nullable Path directory) throws IOException {
        if (directory != null) {
            try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
                opened.force(true);
            }
        }
    }

    Path file() {
        return directory.resolve("calls.db");
    }

    Path bodies() {
        return directory.resolve("bodies");
    }

    private void requireJournalBesideBodies() throws IOException {
        if (Files.exists(file()) || !Files.isDirectory(bodies())) {
            return;
        }
        try (Stream<Path> bodies = Files.list(bodies())) {
            if (bodies.findAny().isPresent()) {
                throw new IOException(
                        "the journal " + file() + " is missing, but bodies of its calls are there; restore"
                                + " it from a copy, or move " + directory + " away to begin with an empty journal");
            }
        }
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) { // of this very process
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
