package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.CallJournal.Submitted;
import sluice.core.calls.CallPage;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallResult;
import sluice.core.calls.CallState;
import sluice.core.calls.Submission;
import sluice.fleet.nats.NatsServer;
import sluice.queue.Attempt;
import sluice.queue.DueCallback;
import sluice.queue.Ending;
import sluice.queue.Rid;
import sluice.queue.Rids;
import sluice.queue.Waiting;
import sluice.queue.store.NewCall;

/** What the journal in JetStream must do, on one process and on several, with a real server. */
abstract class JetStreamJournalContract {
    private static final Duration PATIENCE = Worker.PATIENCE;
    private static final int ALL = 64;
    private static final CallQuery EVERYTHING = new CallQuery("", null, "", "", Set.of(), Map.of(), null, null);

    private final List<Worker> workers = new ArrayList<>();

    @TempDir
    Path directory = Path.of("");

    private @Nullable NatsServer running;

    abstract NatsServer newServer() throws Exception;

    @BeforeEach
    @Timeout(300) // a server may have to be fetched
    void startServer() throws Exception {
        running = newServer();
    }

    @AfterEach
    void end() {
        workers.forEach(Worker::close);
        server().close();
    }

    private NatsServer server() {
        return Objects.requireNonNull(running);
    }

    private Worker worker(String id, long epoch, Map<String, String> settings) throws Exception {
        Worker worker = Worker.start(server(), id, epoch, directory, settings);
        workers.add(worker);
        return worker;
    }

    private Worker alone() throws Exception {
        return worker("a", 1, Map.of()).serving(ALL);
    }

    @Test
    void runsACallToItsEnd_andKeepsTheAnswer() throws Exception {
        Worker worker = alone();
        String rid = worker.submit("id-1", "hello");
        CallRecord queued = only(worker, "id-1");
        assertThat(queued.state()).isEqualTo(CallState.QUEUED);
        assertThat(queued.position()).isZero();

        Attempt attempt = worker.beginNext();
        assertThat(attempt.rid().toString()).isEqualTo(rid);
        assertThat(attempt.number()).isEqualTo(1);
        assertThat(attempt.head().method()).isEqualTo("POST");
        assertThat(attempt.head().target()).isEqualTo("/p?q");
        assertThat(attempt.head().headers().get("X-Colour")).isEqualTo("blue");
        assertThat(attempt.head().headers().get("X-Call-Id")).isEqualTo("id-1");
        assertThat(Worker.text(attempt.body())).isEqualTo("hello");
        assertThat(only(worker, "id-1").state()).isEqualTo(CallState.RUNNING);

        Mono<CallRecord> ended = worker.journal.await(rid, PATIENCE).cache();
        ended.subscribe();
        assertThat(worker.complete(attempt, "answer")).isTrue();
        assertThat(Objects.requireNonNull(ended.block(PATIENCE)).state()).isEqualTo(CallState.COMPLETED);
        CallResult result =
                Objects.requireNonNull(worker.journal.result(rid, 2, 4).block(PATIENCE));
        assertThat(result.status()).isEqualTo(200);
        assertThat(result.headers().get("X-From")).isEqualTo("function");
        assertThat(result.length()).isEqualTo(6);
        assertThat(Worker.text(result.body())).isEqualTo("sw");
        assertThat(worker.waiting()).isEmpty();
    }

    @Test
    void keepsLargeBodies_andReadsAnyPartOfThem() throws Exception {
        Worker worker = alone();
        String large = "0123456789".repeat(40_000); // more than three parts
        String rid = worker.submit("large", large);
        Attempt attempt = worker.beginNext();
        assertThat(attempt.head().contentLength()).isEqualTo(400_000);
        assertThat(Worker.text(attempt.body())).isEqualTo(large);
        assertThat(worker.complete(attempt, large)).isTrue();
        assertThat(Worker.text(result(worker, rid, 131_070, 262_150))).isEqualTo(large.substring(131_070, 262_150));
        assertThat(Worker.text(result(worker, rid, 399_995, Long.MAX_VALUE))).isEqualTo("56789");
        assertThat(Worker.text(result(worker, rid, 400_000, 400_001))).isEmpty();
    }

    @Test
    void findsEveryCallOfAnId_andNoneOfAnother() throws Exception {
        Worker worker = alone();
        String older = worker.submit("same", "");
        String newer = worker.submit("same", "");
        worker.submit("other", "");
        assertThat(worker.complete(worker.beginNext(), "answer")).isTrue();
        // a call of another id whose hash begins alike
        Rid alike = Subjects.in(new Rids(System::currentTimeMillis).next(), Worker.FUNCTION, "same");
        inject(worker, Rid.parse(older).orElseThrow(), alike, "not the same");

        assertThat(worker.journal.find("same").block(PATIENCE))
                .extracting(CallRecord::rid)
                .containsExactly(newer, older);
        assertThat(worker.journal.find("not the same").block(PATIENCE)).isNull();
        assertThat(worker.journal.find("none").block(PATIENCE)).isNull();
    }

    /** The submit {@code like} once more, as another one. */
    private static void inject(Worker worker, Rid like, Rid rid, String callId) throws Exception {
        Changes.Found found = Objects.requireNonNull(
                ((JetStreamLedger) worker.ledger()).changes.current(like).block(PATIENCE));
        String text = Kept.text(found.kept())
                .replace("\"high\":" + like.high(), "\"high\":" + rid.high())
                .replace("\"low\":" + like.low(), "\"low\":" + rid.low())
                .replace("\"same\"", '"' + callId + '"');
        Kept other = Kept.read(text, Kept.class).orElseThrow();
        assertThat(other.row().rid()).isEqualTo(rid);
        Objects.requireNonNull(worker.link.sessions().blockFirst(PATIENCE))
                .jetStream()
                .publish(Subjects.request(rid), other.asHeaders(), new byte[0]);
    }

    @Test
    void keepsACallUnderTheIdOfWhoClaimedItsKey_thoughThatOneCameToNothing() throws Exception {
        Worker worker = alone();
        Submission second = Worker.call("second", "key", null, Map.of());
        MessageDigest digest = NewCall.digestOf(second);
        digest.update("body".getBytes(UTF_8));
        Rid rid = Subjects.in(new Rids(System::currentTimeMillis).next(), Worker.FUNCTION, "first");
        Map<String, Object> owner = Map.of(
                "rid",
                rid.toString(),
                "callId",
                "first",
                "isCallIdChosen",
                true,
                "digest",
                HexFormat.of().formatHex(digest.digest()));
        Objects.requireNonNull(worker.link.sessions().blockFirst(PATIENCE))
                .jetStream()
                .publish(
                        Subjects.key(Subjects.hash(second.caller(), "key")),
                        Kept.text(owner).getBytes(UTF_8));

        assertThat(worker.journal.submit(second, Worker.bytes("body")).block(PATIENCE))
                .isEqualTo(new Submitted.Accepted(rid.toString(), "first"));
        assertThat(only(worker, "first").rid()).isEqualTo(rid.toString());
        assertThat(worker.journal.find("second").block(PATIENCE)).isNull();
        assertThat(worker.beginNext().head().headers().get("X-Call-Id")).isEqualTo("first");
    }

    @Test
    void refusesABodyAboveTheBound_andLeavesNothing() throws Exception {
        Worker worker = worker("a", 1, Map.of("SLUICE_QUEUE_MAX_BODY", "1000")).serving(ALL);
        assertThatThrownBy(() -> worker.submit("big", "x".repeat(1_001)))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.TOO_LARGE));
        assertThat(worker.journal.find("big").block(PATIENCE)).isNull();
        assertThat(worker.journal.count("big").block(PATIENCE)).isZero();
    }

    @Test
    void startsNoCancelledCall_andRefusesItsLateEnd() throws Exception {
        Worker worker = alone();
        String queued = worker.submit("q", "");
        Waiting waiting = worker.nextArrival();
        assertThat(worker.journal.cancel(queued).block(PATIENCE)).isEqualTo(CallState.CANCELLED);
        assertThat(worker.begin(waiting)).isNull();

        String rid = worker.submit("r", "");
        Attempt attempt = worker.beginNext();
        assertThat(worker.journal.cancel(rid).block(PATIENCE)).isEqualTo(CallState.CANCELLED);
        assertThat(worker.withdrawn).contains(attempt.rid());
        assertThat(worker.complete(attempt, "late")).isFalse();
        assertThat(worker.ledger().retry(attempt, 0, 500, "late").block(PATIENCE))
                .isFalse();
        assertThat(only(worker, "r").state()).isEqualTo(CallState.CANCELLED);
        assertThat(worker.journal.cancel(rid).block(PATIENCE)).isEqualTo(CallState.CANCELLED);
        assertThat(worker.journal.cancel("0".repeat(32)).block(PATIENCE)).isNull();
        assertThat(worker.journal.cancel("no rid").block(PATIENCE)).isNull();
    }

    @Test
    void beginsACallOnce_howeverManyTry() throws Exception {
        Worker worker = alone();
        worker.submit("once", "");
        Waiting waiting = worker.nextArrival();
        List<Attempt> begun = Mono.zip(
                        worker.ledger().begin(waiting).map(List::of).defaultIfEmpty(List.of()),
                        worker.ledger().begin(waiting).map(List::of).defaultIfEmpty(List.of()),
                        (one, other) -> {
                            List<Attempt> both = new ArrayList<>(one);
                            both.addAll(other);
                            return both;
                        })
                .block(PATIENCE);
        assertThat(begun).hasSize(1);
    }

    @Test
    void countsFailures_butNotWhatWasGivenBack() throws Exception {
        Worker worker = alone();
        worker.submit("again", "");
        Attempt first = worker.beginNext();
        long due = worker.ledger().nowMillis() + 1_000;
        assertThat(worker.ledger().retry(first, due, 503, "no luck").block(PATIENCE))
                .isTrue();
        CallRecord retrying = only(worker, "again");
        assertThat(retrying.state()).isEqualTo(CallState.RETRYING);
        assertThat(retrying.httpStatus()).isEqualTo(503);
        assertThat(retrying.reason()).isEqualTo("no luck");

        Attempt second = Objects.requireNonNull(worker.begin(worker.waiting().get(0)));
        assertThat(second.number()).isEqualTo(2);
        assertThat(second.failures()).isEqualTo(1);
        assertThat(worker.complete(first, "late")).isFalse();
        assertThat(worker.ledger().giveBack(second, due).block(PATIENCE)).isTrue();
        Attempt third = Objects.requireNonNull(worker.begin(worker.waiting().get(0)));
        assertThat(third.number()).isEqualTo(2);
        assertThat(worker.complete(third, "done")).isTrue();
    }

    @Test
    void answersARepeatedKeyWithTheFirstCall_andRefusesAnotherRequest() throws Exception {
        Worker worker = alone();
        String first = worker.submit(Worker.call("one", "key", null, Map.of()), "same");
        Submitted second = worker.journal
                .submit(Worker.call("two", "key", null, Map.of()), Worker.bytes("same"))
                .block(PATIENCE);
        assertThat(second)
                .isInstanceOfSatisfying(
                        Submitted.Repeated.class,
                        repeated -> assertThat(repeated.first().rid()).isEqualTo(first));
        assertThatThrownBy(() -> worker.submit(Worker.call("three", "key", null, Map.of()), "other"))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNPROCESSABLE));
        assertThat(worker.waiting()).hasSize(1);
    }

    @Test
    void listsFiltersAndPages() throws Exception {
        Worker worker = alone();
        for (int i = 0; i < 5; i++) {
            worker.submit(Worker.call("l" + i, null, null, Map.of("odd", "" + i % 2)), "");
        }
        CallPage page =
                Objects.requireNonNull(worker.journal.list(EVERYTHING, "", 3).block(PATIENCE));
        assertThat(page.calls()).extracting(CallRecord::callId).containsExactly("l4", "l3", "l2");
        assertThat(page.isComplete()).isTrue();
        CallPage rest = Objects.requireNonNull(
                worker.journal.list(EVERYTHING, page.next(), 3).block(PATIENCE));
        assertThat(rest.calls()).extracting(CallRecord::callId).containsExactly("l1", "l0");
        CallQuery odd = new CallQuery("", null, "", "", Set.of(), Map.of("odd", "1"), null, null);
        assertThat(worker.journal.cancelAll(odd).block(PATIENCE)).isEqualTo(2);
        assertThat(worker.waiting()).hasSize(3);
        assertThatThrownBy(() -> worker.journal.list(EVERYTHING, "x", 3).block(PATIENCE))
                .isInstanceOf(FailureException.class);
    }

    @Test
    void redrivesDeadCalls_andForgetsEndedOnes() throws Exception {
        Worker worker = alone();
        String rid = worker.submit("dead", "body");
        Attempt attempt = worker.beginNext();
        assertThat(worker.end(attempt, new Ending(CallState.DEAD, 0, "gave up", 1, null)))
                .isTrue();
        assertThat(only(worker, "dead").reason()).isEqualTo("gave up");

        assertThat(worker.journal.redriveAll(EVERYTHING).block(PATIENCE)).isEqualTo(1);
        Attempt again = worker.beginNext();
        assertThat(again.number()).isEqualTo(1);
        assertThat(Worker.text(again.body())).isEqualTo("body");
        assertThat(worker.complete(again, "done")).isTrue();

        assertThat(worker.journal.purgeAll(EVERYTHING).block(PATIENCE)).isEqualTo(1);
        CallRecord tombstone = only(worker, "dead");
        assertThat(tombstone.isForgotten()).isTrue();
        assertThat(tombstone.state()).isEqualTo(CallState.COMPLETED);
        assertThat(worker.journal.result(rid, 0, 10).block(PATIENCE)).isNull();
    }

    @Test
    void tellsWhichCallbacksAreDue_andRecordsEachDelivery() throws Exception {
        Worker worker = alone();
        URI url = URI.create("http://user:secret@127.0.0.1:9/in");
        String rid = worker.submit(Worker.call("cb", null, url, Map.of()), "");
        assertThat(worker.ledger().dueCallbacks(10).block(PATIENCE)).isEmpty();
        assertThat(worker.complete(worker.beginNext(), "answer")).isTrue();

        DueCallback due = onlyDue(worker);
        assertThat(due.url()).isEqualTo(url);
        assertThat(due.number()).isEqualTo(1);
        assertThat(due.hasAnswer()).isTrue();
        worker.ledger()
                .callbackTried(due, 500, "status 500", worker.ledger().nowMillis() - 1)
                .block(PATIENCE);
        DueCallback second = onlyDue(worker);
        assertThat(second.number()).isEqualTo(2);
        worker.ledger().callbackTried(second, 200, "", -1).block(PATIENCE);
        assertThat(worker.ledger().dueCallbacks(10).block(PATIENCE)).isEmpty();
        CallRecord.CallbackLog log = Objects.requireNonNull(only(worker, "cb").callback());
        assertThat(log.isDelivered()).isTrue();
        assertThat(log.url()).isEqualTo("http://127.0.0.1:9/in");
        assertThat(log.attempts()).hasSize(2);
        assertThat(rid).isNotEmpty();
    }

    @Test
    void expiresWhatIsTooOld() throws Exception {
        Worker worker = worker("a", 1, Map.of("SLUICE_QUEUE_MAX_AGE", "0s")).serving(ALL);
        String rid = worker.submit("old", "");
        CallRecord record =
                Objects.requireNonNull(worker.journal.await(rid, PATIENCE).block(PATIENCE));
        assertThat(record.state()).isEqualTo(CallState.EXPIRED);
    }

    @Test
    void knowsEverythingAgain_afterARestart() throws Exception {
        Worker before = alone();
        URI url = URI.create("http://127.0.0.1:9/in");
        before.submit(Worker.call("waits", null, null, Map.of("a", "b\u00e9")), "1");
        before.submit("runs", "2");
        before.submit(Worker.call("calls-back", null, url, Map.of()), "3");
        Waiting waits = before.nextArrival();
        Attempt cut = before.beginNext();
        assertThat(before.complete(before.beginNext(), "answer")).isTrue();
        before.kill();

        Worker after = worker("a", 2, Map.of()).serving(ALL);
        Worker.await(() -> after.waiting().size() == 2);
        assertThat(after.waiting()).extracting(Waiting::rid).contains(waits.rid(), cut.rid());
        assertThat(only(after, "waits").labels()).isEqualTo(Map.of("a", "b\u00e9"));
        Worker.await(() -> after.waiting().stream().anyMatch(w -> w.rid().equals(cut.rid())));
        Waiting again = after.waiting().stream()
                .filter(w -> w.rid().equals(cut.rid()))
                .findFirst()
                .orElseThrow();
        Attempt second = Objects.requireNonNull(after.begin(again));
        assertThat(second.number()).isEqualTo(2); // a second run is visible
        assertThat(Worker.text(second.body())).isEqualTo("2");
        assertThat(onlyDue(after).url()).isEqualTo(url);
    }

    @Test
    void cancelsFromAnyProcess_whereverTheCallRuns() throws Exception {
        Worker worker = alone();
        Worker gateway = Worker.gateway(server(), "g", directory, Map.of());
        workers.add(gateway);
        String rid = gateway.submit("far", "body");
        Attempt attempt = worker.beginNext();
        assertThat(only(gateway, "far").state()).isEqualTo(CallState.RUNNING);
        gateway.submit("first", "");
        gateway.submit("second", "");
        Worker.await(() -> only(gateway, "second").position() == 1); // asked of the worker
        assertThat(only(gateway, "first").position()).isZero();
        assertThat(gateway.journal.cancel(rid).block(PATIENCE)).isEqualTo(CallState.CANCELLED);
        assertThat(worker.withdrawn.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .isEqualTo(attempt.rid());
        assertThat(worker.complete(attempt, "late")).isFalse();
    }

    @Test
    void waitsForListsAndDeduplicates_acrossProcesses() throws Exception {
        Worker worker = alone();
        Worker gateway = Worker.gateway(server(), "g", directory, Map.of());
        workers.add(gateway);
        String rid = gateway.submit(Worker.call("x", "key", null, Map.of()), "body");
        Submitted repeated = worker.journal
                .submit(Worker.call("y", "key", null, Map.of()), Worker.bytes("body"))
                .block(PATIENCE);
        assertThat(repeated).isInstanceOf(Submitted.Repeated.class);
        Mono<CallRecord> ended = gateway.journal.await(rid, PATIENCE).cache();
        ended.subscribe();
        assertThat(worker.complete(worker.beginNext(), "answer")).isTrue();
        assertThat(Objects.requireNonNull(ended.block(PATIENCE)).state()).isEqualTo(CallState.COMPLETED);
        assertThat(Worker.text(result(gateway, rid, 0, 10))).isEqualTo("answer");
        CallPage page =
                Objects.requireNonNull(gateway.journal.list(EVERYTHING, "", 10).block(PATIENCE));
        assertThat(page.calls()).extracting(CallRecord::callId).containsExactly("x");
        assertThat(page.isComplete()).isTrue();
        gateway.journal.pause("slow", null, true).block(PATIENCE);
        gateway.journal.pause("", "f.ns", true).block(PATIENCE);
        Worker.await(() -> worker.pausedQueues.contains("slow") && worker.pausedFunctions.contains("f.ns"));
        assertThat(gateway.journal.paused().block(PATIENCE)).containsExactly("function:f.ns", "slow");
    }

    @Test
    void refusesMoreOpenCallsThanTheFleetMayHave_alsoWhereNoPartitionIsServed() throws Exception {
        Map<String, String> bound = Map.of("SLUICE_QUEUE_MAX_OPEN_CALLS", "2");
        Worker worker = worker("a", 1, Map.of()).serving(ALL);
        Worker gateway = Worker.gateway(server(), "g", directory, bound);
        workers.add(gateway);
        assertThat(gateway.journal.servedPartitions()).isZero();
        worker.submit("one", "");
        worker.submit("two", "");
        Worker.await(() -> isRefused(gateway, "full", "2 calls are open (SLUICE_QUEUE_MAX_OPEN_CALLS)"));

        assertThat(worker.journal.cancelAll(EVERYTHING).block(PATIENCE)).isPositive();
        Worker.await(() -> !isRefused(gateway, "room again", "2 calls are open (SLUICE_QUEUE_MAX_OPEN_CALLS)"));
    }

    @Test
    void refusesSubmitsBeforeItsStreamIsFull_andStillRunsWhatIsOpen() throws Exception {
        Worker worker =
                worker("a", 1, Map.of("SLUICE_NATS_MAX_BYTES", "8388608")).serving(ALL);
        String body = "x".repeat(8_000);
        String why = "of 8388608 bytes (SLUICE_NATS_MAX_BYTES)";
        AtomicInteger ids = new AtomicInteger();
        Worker.await(() -> Boolean.TRUE.equals(Flux.range(0, 64)
                .flatMap(i -> worker.journal
                        .submit(Worker.call("fill-" + ids.incrementAndGet()), Worker.bytes(body))
                        .map(accepted -> false)
                        .onErrorResume(FailureException.class, e -> {
                            assertThat(e.failure()).isEqualTo(Failure.JOURNAL_UNAVAILABLE);
                            return Mono.just(e.text().contains(why));
                        }))
                .any(isRefused -> isRefused)
                .block(PATIENCE)));
        Worker.await(() -> isRefused(worker, "more-" + ids.incrementAndGet(), why));
        assertThat(worker.journal.find("more-" + ids.get()).block(PATIENCE)).isNull();

        Attempt attempt = worker.beginNext();
        assertThat(worker.complete(attempt, "answer")).isTrue();
        assertThat(worker.journal.cancelAll(EVERYTHING).block(Duration.ofSeconds(60)))
                .isPositive();
        Worker.await(() -> !isRefused(worker, "room again", why));
    }

    @Test
    void removesStreamsOfPastDays_onceNoRecordNamesABodyInThem() throws Exception {
        Worker before = alone();
        String rid = before.submit("waits", "small");
        Connection connection = Objects.requireNonNull(before.link.sessions().blockFirst(PATIENCE));
        Rid nobody = Subjects.in(new Rids(System::currentTimeMillis).next(), Worker.FUNCTION, "nobody");
        for (String day : List.of("20200101", "20200102")) {
            Streams.prepareBodies(connection, day, new StreamLimits(1, 0, Duration.ofDays(8)));
            for (String name : List.of(nobody + "-q", nobody + "-7")) {
                for (int part = 0; part < 3; part++) {
                    connection.jetStream().publish(Subjects.part(day, name, part), new byte[10]);
                }
            }
        }
        connection.jetStream().publish(Subjects.part("20200102", rid + "-q", 0), new byte[10]);
        before.close();

        Worker after = worker("a", 2, Map.of()).serving(ALL);
        JetStreamManagement again = Objects.requireNonNull(after.link.sessions().blockFirst(PATIENCE))
                .jetStreamManagement();
        Worker.await(() -> {
            try {
                return !again.getStreamNames().contains("SLUICE_BODY_20200101")
                        && again.getStreamInfo("SLUICE_BODY_20200102")
                                        .getStreamState()
                                        .getMsgCount()
                                == 1;
            } catch (IOException | JetStreamApiException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void boundsStreamsThatHaveNoBound_andLeavesTheOthers() throws Exception {
        Worker before = alone();
        before.submit("x", "");
        before.close();
        Worker after =
                worker("a", 2, Map.of("SLUICE_NATS_MAX_BYTES", "67108864")).serving(ALL);
        assertThat(maxBytes(after, Subjects.OPEN)).isEqualTo(64L << 20);
        assertThat(maxBytes(after, Subjects.RESULT)).isEqualTo(64L << 20);
        assertThat(maxBytes(after, Subjects.KEY)).isEqualTo(-1);
        after.close();
        Worker third =
                worker("a", 3, Map.of("SLUICE_NATS_MAX_BYTES", "134217728")).serving(ALL);
        assertThat(maxBytes(third, Subjects.OPEN)).isEqualTo(64L << 20);
        assertThat(only(third, "x").state()).isEqualTo(CallState.QUEUED);
    }

    private static long maxBytes(Worker worker, String stream) throws Exception {
        return Objects.requireNonNull(worker.link.sessions().blockFirst(PATIENCE))
                .jetStreamManagement()
                .getStreamInfo(stream)
                .getConfiguration()
                .getMaxBytes();
    }

    /** Whether a submit is; one that is not is withdrawn at once. */
    /** For that reason; a broker that answers too late, on a slow machine, is another. */
    private static boolean isRefused(Worker worker, String callId, String why) {
        try {
            String rid = worker.submit(callId, "");
            assertThat(worker.journal.cancel(rid).block(PATIENCE)).isEqualTo(CallState.CANCELLED);
            return false;
        } catch (FailureException e) {
            assertThat(e.failure()).isEqualTo(Failure.JOURNAL_UNAVAILABLE);
            return e.text().contains(why);
        }
    }

    @Test
    void saysThatAListIsIncomplete_whenNoWorkerAnswers() throws Exception {
        Worker gateway = Worker.gateway(server(), "g", directory, Map.of());
        workers.add(gateway);
        gateway.submit("x", "");
        CallPage page =
                Objects.requireNonNull(gateway.journal.list(EVERYTHING, "", 10).block(PATIENCE));
        assertThat(page.isComplete()).isFalse();
    }

    @Test
    void sharesThePartitions_andTakesThoseOfASilentWorkerOver() throws Exception {
        Worker first = alone();
        Worker second = worker("b", 1, Map.of());
        Worker.await(() -> first.journal.servedPartitions() > 0
                && second.journal.servedPartitions() > 0
                && first.journal.servedPartitions() + second.journal.servedPartitions() == ALL);
        String rid = first.submit("moves", "body");
        Worker.await(() -> !first.waiting().isEmpty() || !second.waiting().isEmpty());
        Worker owner = first.waiting().isEmpty() ? second : first;
        Worker other = owner == first ? second : first;
        Attempt paused = Objects.requireNonNull(owner.begin(owner.waiting().get(0)));

        owner.link.dispose(); // as a process that is stopped for longer than its lease
        Attempt taken = other.beginNextThatItServes();
        assertThat(taken.number()).isEqualTo(2);
        assertThat(owner.begin(new Waiting(taken.rid(), taken.lane(), 0, Long.MAX_VALUE)))
                .isNull();
        assertThat(owner.ledger()
                        .end(paused, new Ending(CallState.COMPLETED, 200, "", 1, null))
                        .onErrorReturn(false)
                        .block(PATIENCE))
                .isFalse();
        assertThat(other.complete(taken, "answer")).isTrue();
        assertThat(only(other, "moves").attempt()).isEqualTo(2);
        assertThat(rid).isEqualTo(taken.rid().toString());
    }

    @Test
    void knowsItsOwnMessage_whenItIsPublishedAgain() throws Exception {
        Broker broker = new Broker(
                alone().link.sessions(), Schedulers.boundedElastic(), new StreamLimits(1, 0, Duration.ofDays(8)));
        String subject = Subjects.key("again");
        Long first =
                broker.publish(subject, new Headers(), new byte[0], 0, "one").block(PATIENCE);
        assertThat(broker.publish(subject, new Headers(), new byte[0], 0, "one").block(PATIENCE))
                .isEqualTo(first);
        assertThatThrownBy(() -> broker.publish(subject, new Headers(), new byte[0], 0, "other")
                        .block(PATIENCE))
                .isInstanceOf(Conflict.class);
    }

    @Test
    void readsAMessageFromTheLeader_asFromAnyServer() throws Exception {
        Broker broker = new Broker(
                alone().link.sessions(), Schedulers.boundedElastic(), new StreamLimits(1, 0, Duration.ofDays(8)));
        String subject = Subjects.key("read");
        Headers headers = new Headers().put("Colour", "blue: dark");
        broker.publish(subject, headers, "value".getBytes(UTF_8), 0, "id").block(PATIENCE);
        Message any = Objects.requireNonNull(broker.get(Subjects.KEY, subject).block(PATIENCE));
        Message leading =
                Objects.requireNonNull(broker.leading(Subjects.KEY, subject).block(PATIENCE));

        assertThat(leading.getData()).isEqualTo(any.getData());
        assertThat(Changes.sequence(leading)).isEqualTo(Changes.sequence(any));
        assertThat(Broker.messageId(leading)).isEqualTo("id");
        assertThat(leading.getHeaders().getFirst("Colour")).isEqualTo("blue: dark");
        assertThat(broker.leading(Subjects.KEY, Subjects.key("none")).blockOptional(PATIENCE))
                .isEmpty();
    }

    @Test
    void letsACallWaitAgain_whoseStartWasKeptButNotAcknowledged() throws Exception {
        Worker worker = alone();
        worker.submit("unsure", "body");
        Waiting waiting = worker.nextArrival();
        JetStreamLedger ledger = (JetStreamLedger) worker.ledger();
        Kept kept = Objects.requireNonNull(ledger.view.find(waiting.rid()).block(PATIENCE));
        server().pause();
        assertThatThrownBy(() -> ledger.starts
                        .start(kept.row().origin(), Rows.begun(kept, ledger.nowMillis()))
                        .block(PATIENCE))
                .isInstanceOf(FailureException.class);
        server().resume();

        Attempt attempt = worker.beginNextThatItServes();
        assertThat(attempt.number()).isEqualTo(2);
        assertThat(worker.complete(attempt, "answer")).isTrue();
    }

    @Test
    void withdrawsASubmit_thatWasKeptButNotAcknowledged() throws Exception {
        Worker worker = alone();
        server().pause();
        assertThatThrownBy(() -> worker.submit("refused", "body"))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.JOURNAL_UNAVAILABLE));
        server().resume(); // and reads it now

        Waiting waiting = worker.nextArrival();
        Worker.await(() -> only(worker, "refused").isForgotten());
        assertThat(only(worker, "refused").state()).isEqualTo(CallState.CANCELLED);
        assertThat(worker.begin(waiting)).isNull();
        assertThat(worker.waiting()).isEmpty();
    }

    @Test
    void withdrawsNoSubmit_whoseFirstAttemptHasBegun() throws Exception {
        Worker worker = alone();
        worker.submit("begun", "body");
        Attempt attempt = worker.beginNext();
        JetStreamLedger ledger = (JetStreamLedger) worker.ledger();
        Kept running = Objects.requireNonNull(ledger.view.find(attempt.rid()).block(PATIENCE));
        assertThat(ledger.changes.withdraw(running).block(PATIENCE)).isFalse();
        assertThat(worker.complete(attempt, "answer")).isTrue();
        assertThat(only(worker, "begun").state()).isEqualTo(CallState.COMPLETED);
    }

    @Test
    void refusesSubmitsWhileTheServerIsAway_andTakesThemAgainAfterwards() throws Exception {
        Worker worker = alone();
        worker.submit("before", "");
        server().kill();
        long start = System.nanoTime();
        assertThatThrownBy(() -> worker.submit("away", ""))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.JOURNAL_UNAVAILABLE));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        server().start();
        Worker.await(() -> {
            try {
                worker.submit("after", "");
                return true;
            } catch (FailureException e) {
                return false;
            }
        });
        Worker.await(() -> worker.waiting().size() >= 2);
        assertThat(only(worker, "before").state()).isEqualTo(CallState.QUEUED);
    }

    private static CallRecord only(Worker worker, String callId) {
        List<CallRecord> found = worker.journal.find(callId).block(PATIENCE);
        assertThat(found).hasSize(1);
        return Objects.requireNonNull(found).get(0);
    }

    private static DueCallback onlyDue(Worker worker) {
        List<DueCallback> due = worker.ledger().dueCallbacks(10).block(PATIENCE);
        assertThat(due).hasSize(1);
        return Objects.requireNonNull(due).get(0);
    }

    private static Flux<io.netty.buffer.ByteBuf> result(Worker worker, String rid, long from, long to) {
        return Objects.requireNonNull(worker.journal.result(rid, from, to).block(PATIENCE))
                .body();
    }
}
