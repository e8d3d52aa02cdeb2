package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.FunctionEvent;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.Settings;
import sluice.core.calls.CallJournal.Submitted;
import sluice.core.calls.CallState;
import sluice.core.calls.Submission;
import sluice.core.fleet.FleetMember;
import sluice.fleet.nats.NatsConfig;
import sluice.fleet.nats.NatsFleet;
import sluice.fleet.nats.NatsLink;
import sluice.fleet.nats.NatsServer;
import sluice.queue.Arrivals;
import sluice.queue.Attempt;
import sluice.queue.Ending;
import sluice.queue.Ledger;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.SpooledAnswer;
import sluice.queue.Waiting;

/** A process of a fleet: link, fleet and journal, with ears for what the journal tells. */
final class Worker implements AutoCloseable, Arrivals {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final FunctionName FUNCTION = new FunctionName("f", "ns");

    final NatsLink link;
    final NatsFleet fleet;
    final JetStreamJournal journal;
    final BlockingQueue<Waiting> arrived = new LinkedBlockingQueue<>();
    final BlockingQueue<Rid> withdrawn = new LinkedBlockingQueue<>();
    volatile Set<String> pausedQueues = Set.of();
    volatile Set<String> pausedFunctions = Set.of();
    private boolean isClosed;

    private Worker(
            NatsServer server, String id, long epoch, Path directory, Set<String> roles, Map<String, String> more)
            throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of("SLUICE_NATS", server.url(), "SLUICE_LEASE", "3s"));
        environment.putAll(more);
        NatsConfig config = NatsConfig.from(new Settings(environment));
        link = NatsLink.open(config, id);
        fleet = new NatsFleet(link, new FleetMember(id, epoch, roles));
        journal = JetStreamJournal.open(
                link.sessions(),
                fleet,
                directory.resolve(id + "-" + epoch),
                1,
                config.maxBytes(),
                false,
                QueueConfig.from(new Settings(environment)),
                new NoFunctions(),
                new QueueCounters());
        journal.ledger().tell(this);
    }

    /** One that serves all partitions that nobody else has. */
    static Worker start(NatsServer server, String id, long epoch, Path directory, Map<String, String> more)
            throws IOException {
        return new Worker(server, id, epoch, directory, Set.of("gateway", "worker"), more);
    }

    /** One that submits, reads and cancels only. */
    static Worker gateway(NatsServer server, String id, Path directory, Map<String, String> more) throws IOException {
        return new Worker(server, id, 1, directory, Set.of("gateway"), more);
    }

    Worker serving(int partitions) throws InterruptedException {
        await(() -> journal.servedPartitions() == partitions);
        return this;
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    Ledger ledger() {
        return journal.ledger();
    }

    @CanIgnoreReturnValue
    String submit(String callId, String body) {
        return submit(call(callId), body);
    }

    @CanIgnoreReturnValue
    String submit(Submission call, String body) {
        Submitted submitted = journal.submit(call, bytes(body)).block(PATIENCE);
        assertThat(submitted).isInstanceOf(Submitted.Accepted.class);
        return ((Submitted.Accepted) Objects.requireNonNull(submitted)).rid();
    }

    static Submission call(String callId) {
        return call(callId, null, null, Map.of());
    }

    static Submission call(String callId, @Nullable String key, @Nullable URI callback, Map<String, String> labels) {
        return new Submission(
                FUNCTION,
                "f",
                callId,
                true,
                "POST",
                "/p?q",
                new DefaultHttpHeaders().add("X-Colour", "blue"),
                "host",
                -1,
                callback,
                key,
                "caller",
                null,
                null,
                labels,
                null);
    }

    static Flux<ByteBuf> bytes(String text) {
        return Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(text.getBytes(UTF_8))));
    }

    static String text(Flux<ByteBuf> body) {
        byte[] all = body.collectList()
                .map(parts -> {
                    ByteBuf whole = Unpooled.wrappedBuffer(parts.toArray(ByteBuf[]::new));
                    byte[] copy = new byte[whole.readableBytes()];
                    whole.readBytes(copy);
                    whole.release();
                    return copy;
                })
                .block(PATIENCE);
        return new String(Objects.requireNonNull(all), UTF_8);
    }

    /** The next call that the journal told of. */
    Waiting nextArrival() throws InterruptedException {
        return Objects.requireNonNull(arrived.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "nothing arrived");
    }

    /** All calls that wait here. */
    List<Waiting> waiting() {
        return Objects.requireNonNull(ledger().backlogs()
                .flatMapIterable(all -> all)
                .concatMap(backlog -> ledger().window(backlog.lane(), null, 64))
                .flatMapIterable(all -> all)
                .collectList()
                .block(PATIENCE));
    }

    @Nullable Attempt begin(Waiting call) {
        return ledger().begin(call).block(PATIENCE);
    }

    Attempt beginNext() throws InterruptedException {
        return Objects.requireNonNull(begin(nextArrival()), "not begun");
    }

    /** Waits until a call is seen here and its partition is served too; it is seen a little before. */
    Attempt beginNextThatItServes() throws InterruptedException {
        List<Attempt> begun = new ArrayList<>();
        await(() -> {
            waiting().stream()
                    .limit(1)
                    .map(this::begin)
                    .filter(Objects::nonNull)
                    .forEach(begun::add);
            return !begun.isEmpty();
        });
        return begun.get(0);
    }

    boolean complete(Attempt attempt, String answer) {
        SpooledAnswer spooled = Objects.requireNonNull(
                ledger().spool(attempt, 200, new DefaultHttpHeaders().add("X-From", "function"), bytes(answer))
                        .block(PATIENCE));
        return end(attempt, new Ending(CallState.COMPLETED, 200, "", 0.5, spooled));
    }

    boolean end(Attempt attempt, Ending ending) {
        return Boolean.TRUE.equals(ledger().end(attempt, ending).block(PATIENCE));
    }

    @Override
    public void arrived(List<Waiting> calls) {
        arrived.addAll(calls);
    }

    @Override
    public Mono<Void> withdrawn(Rid rid) {
        return Mono.fromRunnable(() -> withdrawn.add(rid));
    }

    @Override
    public void backlogsChanged() {
        // waiting() reads them when a test wants to know
    }

    @Override
    public void paused(Set<String> queues, Set<String> functions) {
        pausedQueues = queues;
        pausedFunctions = functions;
    }

    @Override
    public void callbackDue(long atMillis) {
        // dueCallbacks is asked when a test wants to know
    }

    /** As by kill -9: nothing is given back. */
    void kill() {
        isClosed = true;
        link.dispose();
        journal.close();
        fleet.dispose();
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            journal.close();
            fleet.dispose();
            link.dispose();
        }
    }

    /** None has an annotation. */
    private static final class NoFunctions implements Functions {
        @Override
        public @Nullable FunctionStatus find(FunctionName name) {
            return null;
        }

        @Override
        public List<FunctionStatus> all() {
            return List.of();
        }

        @Override
        public long version() {
            return 0;
        }

        @Override
        public Flux<FunctionEvent> watch(long since) {
            return Flux.never();
        }
    }
}
