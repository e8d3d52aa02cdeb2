package sluice.queue.body;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * Room on the journal's file system. What is left below the floor is for the calls that were accepted: to end them needs
 * writes too. Thread-safe. While there is plenty, the system is asked for little only every few milliseconds; near the
 * floor it is asked each time, which takes microseconds.
 */
public final class FreeSpace {
    private static final long PLENTY_BYTES = 256L << 20;
    private static final long SMALL_BYTES = 64 << 10;
    private static final long ASKED_EVERY_NANOS = 5_000_000;

    private final FileStore store;
    private final long floorBytes;
    private volatile long askedNanos;
    private volatile boolean isPlenty;

    private FreeSpace(FileStore store, long floorBytes) {
        this.store = store;
        this.floorBytes = floorBytes;
    }

    /** The floor is the smaller of {@code floorBytes} and 5 % of the file system that holds {@code directory}. */
    public static FreeSpace of(Path directory, long floorBytes) throws IOException {
        FileStore store = Files.getFileStore(directory);
        return new FreeSpace(store, Math.min(floorBytes, store.getTotalSpace() / 20));
    }

    /** Whether {@code bytes} more may be written. */
    public boolean hasRoomFor(long bytes) throws IOException {
        if (isPlenty && bytes <= SMALL_BYTES && System.nanoTime() - askedNanos < ASKED_EVERY_NANOS) {
            return true;
        }
        long left = left();
        askedNanos = System.nanoTime();
        isPlenty = left >= PLENTY_BYTES;
        return left >= bytes;
    }

    /** Bytes left above the floor; below 0 when it is reached. */
    public long left() throws IOException {
        return store.getUsableSpace() - floorBytes;
    }

    /**
     * Refuses what would go below the floor.
     *
     * @throws FailureException {@link Failure#JOURNAL_UNAVAILABLE} when there is no room for {@code bytes}
     */
    public void require(long bytes) throws IOException {
        if (!hasRoomFor(bytes)) {
            throw full(floorBytes);
        }
    }

    private static FailureException full(long floorBytes) {
        return Failure.JOURNAL_UNAVAILABLE.in(
                Component.QUEUE,
                "the journal is full: its file system has less than " + floorBytes
                        + " bytes left (SLUICE_QUEUE_FREE_SPACE)");
    }
}
