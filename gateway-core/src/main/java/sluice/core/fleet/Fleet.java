package sluice.core.fleet;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The processes that together are one Sluice. Thread-safe; never blocks; may signal on any thread. While the medium
 * between the processes is away nothing here fails by itself: what was known stays known, leases run out.
 */
public interface Fleet {
    /** The most bytes of a {@link #broadcast}, a question, or a value of a map. */
    int MAX_MESSAGE_BYTES = 64 * 1_024;

    /** This process. */
    FleetMember self();

    /**
     * Who is there, ordered by id, self included; the present first, then each change. A member that was killed is
     * taken for present until its lease would have run out.
     */
    Flux<List<FleetMember>> members();

    /**
     * Says something to all members, self included. At most once: who is away misses it. Completes when it is sent.
     *
     * @param topic letters, digits and dashes
     * @param message {@link #MAX_MESSAGE_BYTES} at most, else the result fails with {@link IllegalArgumentException}
     */
    Mono<Void> broadcast(String topic, byte[] message);

    /** What is broadcast under {@code topic} from the subscription on. Hot; who is slow misses the oldest. */
    Flux<byte[]> broadcasts(String topic);

    /**
     * Asks all members that {@link #answer} such questions, self included. Answers come as they arrive, until the
     * subscriber cancels or {@code patience} is over; nobody can tell how many there will be.
     */
    Flux<byte[]> ask(String topic, byte[] question, Duration patience);

    /** Answers questions until disposed. An empty or failed answer is none; answers may be up to 1 MiB less 1 KiB. */
    Disposable answer(String topic, Function<byte[], Mono<byte[]>> answerer);

    /**
     * Tries to own {@code name} for as long as the subscription lasts; emits each time it is won. What was won is lost
     * when it could not be renewed in time ({@link Lease#lost}) and tried for again. Cancelling gives it back.
     *
     * @param name letters, digits and dashes
     */
    Flux<Lease> contend(String name);

    /** A small durable map that all members see. {@code name}: letters, digits and dashes. */
    FleetMap map(String name);
}
