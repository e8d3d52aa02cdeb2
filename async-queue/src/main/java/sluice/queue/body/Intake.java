package sluice.queue.body;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * Takes one body in: gathers in memory while it is small and the budget has room, goes on in a file otherwise. Buffers are
 * handed in one at a time, the next when {@link #add} has completed; each is copied and released at once, so that a
 * cancel finds none. The file is touched on one worker only, the last time by {@link #close}.
 */
final class Intake {
    private static final Logger log = LoggerFactory.getLogger(Intake.class);
    private static final int FREE = 8 << 10; // so little that the budget is not asked
    private static final byte[] NOTHING = {};

    private final Bodies bodies;
    private final Path path;
    private final long most;
    private final String mostName;
    private final @Nullable MessageDigest digest;
    private final CRC32C checksum = new CRC32C();
    private byte[] gathered = NOTHING;
    private int inMemory;
    private long length;
    private Scheduler.@Nullable Worker worker;
    private @Nullable BodyFile file;
    private boolean isFinished;

    Intake(Bodies bodies, Path path, long most, String mostName, @Nullable MessageDigest digest) {
        this.bodies = bodies;
        this.path = path;
        this.most = most;
        this.mostName = mostName;
        this.digest = digest;
    }

    Mono<Void> add(ByteBuf buffer) {
        byte[] piece;
        try {
            piece = new byte[buffer.readableBytes()];
            buffer.readBytes(piece);
        } finally {
            buffer.release();
        }
        length += piece.length;
        if (length > most) {
            return Mono.error(Failure.TOO_LARGE.in(
                    Component.QUEUE, "body too large: the limit is " + most + " bytes (" + mostName + ")"));
        }
        if (digest != null) {
            digest.update(piece);
        }
        if (worker == null && gather(piece)) {
            return Mono.empty();
        }
        return onDisk(() -> {
            write(piece);
            return null;
        });
    }

    Mono<TakenBody> finish() {
        String hex = digest == null ? "" : HexFormat.of().formatHex(digest.digest());
        if (worker == null) {
            byte[] bytes = gathered.length == inMemory ? gathered : Arrays.copyOf(gathered, inMemory);
            checksum.update(bytes);
            isFinished = true;
            long reserved = reserved();
            return Mono.just(new TakenBody(
                    ByteBuffer.wrap(bytes),
                    null,
                    inMemory,
                    (int) checksum.getValue(),
                    hex,
                    () -> bodies.budget().giveBack(reserved),
                    () -> {}));
        }
        return onDisk(() -> {
            BodyFile written = opened();
            int crc = written.finish();
            isFinished = true;
            return new TakenBody(null, path, length, crc, hex, () -> {}, () -> bodies.deleteLater(path));
        });
    }

    /** After the end, whichever it was. */
    void close() {
        Scheduler.Worker used = worker;
        if (used == null) {
            if (!isFinished) {
                bodies.budget().giveBack(reserved());
            }
            return;
        }
        used.schedule(() -> {
            try {
                if (file != null && !isFinished) {
                    file.abandon();
                }
            } catch (IOException e) {
                log.warn("cannot remove {}: {}", path, e.getMessage());
            } finally {
                used.dispose();
            }
        });
    }

    private boolean gather(byte[] piece) {
        int wanted = inMemory + piece.length;
        if (wanted > bodies.segmentMost()) {
            return false;
        }
        if (wanted > gathered.length) {
            int capacity = (int) Math.min(bodies.segmentMost(), Math.max(wanted, 2L * gathered.length));
            if (capacity > FREE && !bodies.budget().tryTake(capacity - reserved())) {
                return false;
            }
            gathered = Arrays.copyOf(gathered, capacity);
        }
        System.arraycopy(piece, 0, gathered, inMemory, piece.length);
        inMemory = wanted;
        return true;
    }

    private long reserved() {
        return gathered.length > FREE ? gathered.length : 0;
    }

    private void write(byte[] piece) throws IOException {
        bodies.space().require(piece.length);
        opened().write(ByteBuffer.wrap(piece));
    }

    private BodyFile opened() throws IOException {
        BodyFile open = file;
        if (open == null) {
            open = BodyFile.create(path);
            file = open;
            open.write(ByteBuffer.wrap(gathered, 0, inMemory));
            bodies.budget().giveBack(reserved());
            gathered = NOTHING;
        }
        return open;
    }

    private <T> Mono<T> onDisk(Callable<@Nullable T> work) {
        if (worker == null) {
            worker = bodies.disk().createWorker();
        }
        Scheduler.Worker on = worker;
        return Mono.<T>create(sink -> on.schedule(() -> {
                    try {
                        sink.success(work.call());
                    } catch (Exception e) {
                        sink.error(e);
                    }
                }))
                .onErrorMap(IOException.class, bodies::failureOf);
    }
}
