package sluice.queue.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.queue.store.Companion;
import sluice.queue.store.Place;
import sluice.queue.store.QuietEnd;

/**
 * The directory of bodies. {@link #take} and {@link #read} are for all and never block; {@link #place} and
 * {@link #beforeCommit} are for the journal's writer thread.
 */
public final class Bodies implements Companion, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Bodies.class);
    private static final int DISK_THREADS = 4;
    private static final int DISK_TASKS = 100_000;

    private final Path directory;
    private final int inlineMost;
    private final int segmentMost;
    private final FreeSpace space;
    private final MemoryBudget budget;
    private final Segments segments;
    private final Scheduler disk = Schedulers.newBoundedElastic(DISK_THREADS, DISK_TASKS, "queue-disk", 60, true);

    /**
     * Blocks.
     *
     * @param directory made if missing
     * @param inlineMost bytes that go into the record itself
     * @param segmentMost bytes up to which bodies share a file
     * @param memoryBytes what bodies may hold of the heap while they come
     */
    public Bodies(Path directory, int inlineMost, int segmentMost, long memoryBytes, FreeSpace space)
            throws IOException {
        this.directory = Files.createDirectories(directory);
        this.inlineMost = inlineMost;
        this.segmentMost = segmentMost;
        this.space = space;
        this.budget = new MemoryBudget(memoryBytes);
        this.segments = new Segments(directory, space);
    }

    /** The file of a body that has one of its own. */
    public Path file(String name) {
        return directory.resolve(name);
    }

    /**
     * Takes a body in, with flat memory and one buffer asked for at a time. Fails with {@link Failure#TOO_LARGE}
     * beyond {@code most} bytes, with {@link Failure#JOURNAL_UNAVAILABLE} when there is no room, or with the body's
     * error; nothing is left then, nor after a cancel.
     *
     * @param name of its file, if it needs one
     * @param mostName the setting of {@code most}, for the error
     * @param digest is fed with all bytes, or null
     */
    public Mono<TakenBody> take(
            Flux<ByteBuf> body, String name, long most, String mostName, @Nullable MessageDigest digest) {
        return Mono.using(
                        () -> new Intake(this, file(name), most, mostName, digest),
                        intake -> body.doOnDiscard(ByteBuf.class, ByteBuf::release)
                                .concatMap(intake::add, 1)
                                .then(Mono.defer(intake::finish)),
                        Intake::close)
                .doOnDiscard(TakenBody.class, TakenBody::discard);
    }

    /** Where a record finds the body. Writes it if it goes to a segment; blocks; on the writer thread. */
    public Place place(TakenBody body) {
        ByteBuffer memory = body.memory();
        if (memory == null) {
            return new Place(Place.Kind.FILE, 0, 0, body.length(), body.checksum(), null);
        }
        if (memory.remaining() <= inlineMost) {
            return new Place(Place.Kind.INLINE, 0, 0, body.length(), body.checksum(), memory);
        }
        try {
            long position = segments.append(memory);
            return new Place(Place.Kind.SEGMENT, segments.current(), position, body.length(), body.checksum(), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The segment that is being written. */
    public long currentSegment() {
        return segments.current();
    }

    @Override
    public void beforeCommit() throws IOException {
        segments.sync();
    }

    /**
     * The bytes from {@code from} to before {@code to}, read on demand. A body that is read whole is checked; fails
     * with an {@link IOException} when it is lost or damaged.
     *
     * @param name of its file, if it has one
     */
    public Flux<ByteBuf> read(Place place, String name, long from, long to) {
        long end = Math.min(to, place.length());
        long start = Math.min(from, end);
        boolean isWhole = start == 0 && end == place.length();
        ByteBuffer inline = place.inline();
        if (inline != null) {
            return isWhole && crc(inline) != place.checksum()
                    ? Flux.error(new IOException("a body of the journal is damaged: its checksum differs"))
                    : Flux.defer(() -> start == end
                            ? Flux.empty()
                            : Flux.just(Unpooled.wrappedBuffer(inline.duplicate())
                                    .slice((int) start, (int) (end - start))));
        }
        Path path = place.kind() == Place.Kind.SEGMENT ? segments.path(place.segment()) : file(name);
        return Flux.<ByteBuf, BodyReader>generate(
                        () -> new BodyReader(
                                path, place.position() + start, place.position() + end, isWhole, place.checksum()),
                        (reader, sink) -> {
                            reader.next(sink);
                            return reader;
                        },
                        BodyReader::close)
                .subscribeOn(disk);
    }

    /** Deletes what a removed record held outside of itself; later, on another thread. */
    public void remove(@Nullable Place place, String name) {
        if (place != null && place.kind() == Place.Kind.FILE) {
            deleteLater(file(name));
        }
    }

    /** Deletes segments; later, on another thread. */
    public void removeSegments(List<Long> ids) {
        ids.forEach(id -> deleteLater(segments.path(id)));
    }

    /** Segments that there are. Blocks. */
    public List<Long> segmentsPresent() throws IOException {
        return segments.present();
    }

    /** Names of files of single bodies that there are. Blocks. */
    public Set<String> filesPresent() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return Set.copyOf(files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".segment"))
                    .toList());
        }
    }

    /** Deletes now. Blocks. */
    public void delete(String name) throws IOException {
        Files.deleteIfExists(file(name));
    }

    /** The path of a segment. */
    public Path segment(long id) {
        return segments.path(id);
    }

    @Override
    public void close() {
        QuietEnd.of(disk);
        try {
            segments.close();
        } catch (IOException e) {
            log.warn("the journal's segment did not close well: {}", e.getMessage());
        }
    }

    /** Room on the file system. */
    public FreeSpace space() {
        return space;
    }

    MemoryBudget budget() {
        return budget;
    }

    Scheduler disk() {
        return disk;
    }

    int segmentMost() {
        return segmentMost;
    }

    void deleteLater(Path path) {
        disk.schedule(() -> {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                log.warn("cannot remove {}: {}", path, e.getMessage());
            }
        });
    }

    FailureException failureOf(Throwable error) {
        return Failure.JOURNAL_UNAVAILABLE.in(
                Component.QUEUE, "the journal could not keep the body: " + error.getMessage());
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.duplicate());
        return (int) checksum.getValue();
    }
}
