package sluice.local.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * The directory that holds everything a gateway on one machine knows, held by one process at a time. The lock goes with
 * the process, however it ends.
 */
public final class DataDirectory implements Closeable {
    private static final String LOCK = "lock";
    private static final String VERSIONS = "versions";
    private static final long MOST_CHANGES = 1L << 40; // that one run can count

    private final Path path;
    private final FileChannel lock;
    private final String id;

    private DataDirectory(Path path, FileChannel lock, String id) {
        this.path = path;
        this.lock = lock;
        this.id = id;
    }

    /**
     * Makes the directory if it is missing, and locks it. Blocks.
     *
     * @throws FailureException {@link Failure#UNAVAILABLE} when another process holds it,
     *     {@link Failure#PROVIDER_FAILED} when it cannot be written
     */
    public static DataDirectory open(Path path) {
        try {
            Files.createDirectories(path);
            Path real = path.toRealPath();
            FileChannel lock = lock(real);
            try {
                return new DataDirectory(real, lock, readOrMakeId(real));
            } catch (IOException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw Failure.PROVIDER_FAILED.in(
                    Component.PROVIDER, "data directory " + path.toAbsolutePath() + " cannot be written: " + reason(e));
        }
    }

    /** Absolute, without links. */
    public Path path() {
        return path;
    }

    /** Names this directory among all of this machine, for as long as it exists. */
    public String id() {
        return id;
    }

    /**
     * Where versions of this run begin: after every version of an earlier one, whatever the clock says. Blocks; asked once a
     * run.
     */
    public long firstVersion() throws IOException {
        RecordDirectory records = RecordDirectory.open(volatileState());
        String before = records.contains(VERSIONS) ? new String(records.read(VERSIONS), UTF_8).strip() : "";
        long least = before.matches("[0-9]{1,18}") ? Long.parseLong(before) + MOST_CHANGES : 0;
        long first = Math.max(least, System.currentTimeMillis() * 1_000);
        records.write(VERSIONS, Long.toString(first).getBytes(UTF_8));
        return first;
    }

    /** Where things live that matter to the running gateway only. */
    public Path volatileState() {
        return path.resolve("local");
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path.resolve(LOCK), CREATE, READ, WRITE);
        FileLock held = tryLock(channel);
        if (held == null) {
            String holder = holder(channel);
            channel.close();
            throw Failure.UNAVAILABLE.in(
                    Component.PROVIDER,
                    "data directory " + path + " is in use by another gateway" + holder
                            + "; stop that one or choose another directory");
        }
        channel.truncate(0);
        channel.write(UTF_8.encode(Long.toString(ProcessHandle.current().pid())));
        return channel;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this very process
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(20);
        return channel.read(pid, 0) <= 0 ? "" : " (pid " + UTF_8.decode(pid.flip()) + ")";
    }

    private static String readOrMakeId(Path path) throws IOException {
        RecordDirectory records = RecordDirectory.open(path.resolve("local"));
        String id = records.contains("id") ? new String(records.read("id"), UTF_8) : "";
        if (!id.matches("[0-9a-f]{12}")) {
            id = UUID.randomUUID().toString().replace("-", "").substring(0, 12);
            records.write("id", id.getBytes(UTF_8));
        }
        return id;
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + " " + e.getMessage();
    }
}
