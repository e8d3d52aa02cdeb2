package sluice.queue.callback;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The secrets of {@code SLUICE_CALLBACK_KEY_FILE}, one a line: while a secret is replaced, the old one and the new one,
 * each of which signs. The file is read anew at most every 10 s; when it cannot be read any more, the secrets that were
 * read last stay. Thread-safe.
 */
final class SigningKeys {
    private static final Logger log = LoggerFactory.getLogger(SigningKeys.class);
    private static final long FRESH_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int MOST = 4;
    private static final int LARGEST_FILE = 4_096;

    private final Optional<Path> file;
    private final Scheduler files;
    private final LongSupplier nanoTime;
    private volatile Read last;

    private record Read(List<SigningKey> keys, long atNanos) {}

    private SigningKeys(Optional<Path> file, Scheduler files, LongSupplier nanoTime, List<SigningKey> keys) {
        this.file = file;
        this.files = files;
        this.nanoTime = nanoTime;
        this.last = new Read(keys, nanoTime.getAsLong());
    }

    /**
     * Reads the secrets; blocks.
     *
     * @param path of the file; empty for no signatures
     * @param files where the file is read later on
     * @throws IllegalArgumentException when the file cannot be read or a line is no secret
     */
    static SigningKeys open(String path, Scheduler files, LongSupplier nanoTime) {
        if (path.isEmpty()) {
            return new SigningKeys(Optional.empty(), files, nanoTime, List.of());
        }
        Path file = Path.of(path);
        return new SigningKeys(Optional.of(file), files, nanoTime, read(file));
    }

    /** The secrets that sign now. */
    Mono<List<SigningKey>> current() {
        return Mono.defer(() -> {
            Read known = last;
            return file.isEmpty() || nanoTime.getAsLong() - known.atNanos < FRESH_NANOS
                    ? Mono.just(known.keys)
                    : Mono.fromCallable(() -> refresh(known)).subscribeOn(files);
        });
    }

    private List<SigningKey> refresh(Read known) {
        List<SigningKey> keys = known.keys;
        try {
            keys = read(file.orElseThrow());
        } catch (IllegalArgumentException e) {
            log.warn("The secrets read before stay: {}", e.getMessage());
        }
        last = new Read(keys, nanoTime.getAsLong());
        return keys;
    }

    private static List<SigningKey> read(Path file) {
        String text;
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw bad(file, "is larger than " + LARGEST_FILE + " bytes");
            }
            text = Files.readString(file);
        } catch (IOException e) {
            throw bad(file, "cannot be read");
        }
        List<SigningKey> keys = new ArrayList<>();
        for (String line : text.strip().split("\\s+", -1)) {
            keys.add(SigningKey.parse(line)
                    .orElseThrow(() -> bad(file, "must have secrets of 24 to 64 bytes in base64 behind whsec_")));
        }
        if (keys.size() > MOST) {
            throw bad(file, "has more than " + MOST + " secrets");
        }
        return List.copyOf(keys);
    }

    private static IllegalArgumentException bad(Path file, String what) {
        return new IllegalArgumentException("SLUICE_CALLBACK_KEY_FILE: " + file + " " + what);
    }
}
