package sluice.queue.body;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A body that has come whole and belongs to no record yet: in memory, or in a file of its own that is synced together
 * with its directory. Whoever got it says once what became of it: {@link #kept} or {@link #discard}.
 */
public final class TakenBody {
    private final @Nullable ByteBuffer memory;
    private final @Nullable Path file;
    private final long length;
    private final int checksum;
    private final String digest;
    private final Runnable release;
    private final Runnable delete;
    private final AtomicBoolean isOver = new AtomicBoolean();

    TakenBody(
            @Nullable ByteBuffer memory,
            @Nullable Path file,
            long length,
            int checksum,
            String digest,
            Runnable release,
            Runnable delete) {
        this.memory = memory;
        this.file = file;
        this.length = length;
        this.checksum = checksum;
        this.digest = digest;
        this.release = release;
        this.delete = delete;
    }

    /** The bytes, or null when they are in a file. */
    public @Nullable ByteBuffer memory() {
        return memory;
    }

    /** The file, or null when the bytes are in memory. */
    public @Nullable Path file() {
        return file;
    }

    /** Bytes. */
    public long length() {
        return length;
    }

    /** CRC-32C. */
    public int checksum() {
        return checksum;
    }

    /** SHA-256 in hex, when it was asked for; else empty. */
    public String digest() {
        return digest;
    }

    /** A record holds it now: what it took of the memory's budget is free again. */
    public void kept() {
        if (isOver.compareAndSet(false, true)) {
            release.run();
        }
    }

    /** Nobody wants it: frees memory or deletes the file, later, on another thread. */
    public void discard() {
        if (isOver.compareAndSet(false, true)) {
            release.run();
            delete.run();
        }
    }
}
