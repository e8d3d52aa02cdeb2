package sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallJournal.Submitted;
import sluice.core.calls.CallPage;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallResult;
import sluice.core.calls.CallState;
import sluice.core.calls.Submission;

/**
 * What every journal does, towards the API and towards the scheduler. A test of a journal extends this and hands out one
 * fresh, empty journal per test, whose bodies are at most {@link #MAX_BODY} bytes.
 */
public abstract class CallJournalContract {
    protected static final int MAX_BODY = 4 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
    private static final Lane LANE = new Lane(Lane.DEFAULT_QUEUE, SomeCalls.ECHO);

    protected final RecordingArrivals arrivals = new RecordingArrivals();

    /** The journal under test, the same one throughout a test; {@link #arrivals} have been told to its ledger. */
    protected abstract CallJournal journal();

    /** Its other side. */
    protected abstract Ledger ledger();

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 8_192, 8_193, 300_000, 2_000_000})
    void givesTheSchedulerWhatWasSubmitted_whateverItsSize(int length) {
        byte[] body = SomeCalls.bytes(length);
        Submission call = SomeCalls.to(SomeCalls.ECHO);

        String rid = submit(call, body);
        Attempt attempt = begin(rid);

        assertThat(attempt.number()).isEqualTo(1);
        assertThat(attempt.head().method()).isEqualTo("POST");
        assertThat(attempt.head().target()).isEqualTo("/orders/7?dry=1");
        assertThat(attempt.head().host()).isEqualTo("gw.example.com");
        assertThat(attempt.head().contentLength()).isEqualTo(length);
        assertThat(attempt.head().headers().getAll("X-Twice")).containsExactly("a", "b");
        assertThat(attempt.head().headers().get("X-Call-Id")).isEqualTo(call.callId());
        assertThat(SomeCalls.read(attempt.body())).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 8_193, 300_000, 2_000_000})
    void keepsTheAnswer_wholeAndInParts(int length) {
        byte[] body = SomeCalls.bytes(length);
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), HELLO);

        assertThat(complete(begin(rid), body)).isTrue();

        CallResult whole = get(journal().result(rid, 0, Long.MAX_VALUE));
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.headers().get("Content-Type")).isEqualTo("text/answer");
        assertThat(whole.length()).isEqualTo(length);
        assertThat(SomeCalls.read(whole.body())).isEqualTo(body);
        int from = length / 3;
        int to = length / 2;
        assertThat(SomeCalls.read(get(journal().result(rid, from, to)).body()))
                .isEqualTo(java.util.Arrays.copyOfRange(body, from, to));
        CallRecord record = one(rid);
        assertThat(record.state()).isEqualTo(CallState.COMPLETED);
        assertThat(record.httpStatus()).isEqualTo(200);
        assertThat(record.hasResult()).isTrue();
        assertThat(record.endedAt()).isNotNull();
    }

    @Test
    void tellsTheSchedulerOfEachCall_inTheOrderOfTheirSubmit() {
        List<String> rids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            rids.add(submit(SomeCalls.to(SomeCalls.ECHO), HELLO));
        }

        eventually(() -> arrivals.arrived.size() == 5);
        List<Waiting> window = get(ledger().window(LANE, null, 64));
        assertThat(window).extracting(call -> call.rid().toString()).containsExactlyElementsOf(rids);
        assertThat(get(ledger().window(LANE, window.get(1), 2))).containsExactly(window.get(2), window.get(3));
        Backlog backlog = get(ledger().backlogs()).get(0);
        assertThat(backlog.lane()).isEqualTo(LANE);
        assertThat(backlog.waiting()).isEqualTo(5);
        assertThat(one(rids.get(3)).position()).isEqualTo(3);
    }

    @Test
    void findsAllCallsOfAnId_theNewestFirst() {
        String first = submit(SomeCalls.withId("shared"), HELLO);
        String second = submit(SomeCalls.withId("shared"), HELLO);

        assertThat(get(journal().find("shared"))).extracting(CallRecord::rid).containsExactly(second, first);
        assertThat(get(journal().count("shared"))).isEqualTo(2);
        assertThat(journal().find("unknown").block(PATIENCE)).isNull();
        assertThat(get(journal().count("unknown"))).isZero();
    }

    @Test
    void refusesABodyAboveTheBound_andKeepsNothing() {
        assertThat(failureOf(
                        journal().submit(SomeCalls.withId("large"), SomeCalls.body(SomeCalls.bytes(MAX_BODY + 1)))))
                .isEqualTo(Failure.TOO_LARGE);
        assertThat(get(journal().count("large"))).isZero();
        assertThat(get(ledger().backlogs())).isEmpty();
    }

    @Test
    void keepsNothing_whenTheBodyIsCutOff() {
        Flux<io.netty.buffer.ByteBuf> cut =
                SomeCalls.body(SomeCalls.bytes(2_000_000)).concatWith(Mono.error(new IOException("gone")));

        assertThatThrownBy(() -> journal().submit(SomeCalls.withId("cut"), cut).block(PATIENCE))
                .hasMessageContaining("gone");
        assertThat(get(journal().count("cut"))).isZero();
        assertThat(get(ledger().backlogs())).isEmpty();
    }

    @Test
    void answersARepeatedKeyWithTheFirstCall_andAnotherBodyWithARefusal() {
        String first = submit(SomeCalls.withKey("k1"), HELLO);

        Submitted again = get(journal().submit(SomeCalls.withKey("k1"), SomeCalls.body(HELLO)));

        assertThat(again).isInstanceOf(Submitted.Repeated.class);
        assertThat(((Submitted.Repeated) again).first().rid()).isEqualTo(first);
        assertThat(failureOf(journal().submit(SomeCalls.withKey("k1"), SomeCalls.body(SomeCalls.bytes(6)))))
                .isEqualTo(Failure.UNPROCESSABLE);
        assertThat(get(ledger().backlogs()).get(0).waiting()).isEqualTo(1);
    }

    @Test
    void waitsWithACallThatIsPutOff() {
        Instant later = Instant.now().plusSeconds(3_600);

        String rid = submit(SomeCalls.notBefore(later), HELLO);

        CallRecord record = one(rid);
        assertThat(record.state()).isEqualTo(CallState.QUEUED);
        assertThat(record.nextAttemptAt()).isBetween(later.minusSeconds(60), later.plusSeconds(60));
    }

    @Test
    void letsACallWaitAgain_afterAFailure() {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), HELLO);
        Attempt first = begin(rid);
        assertThat(one(rid).state()).isEqualTo(CallState.RUNNING);
        long due = ledger().nowMillis() + 60_000;

        assertThat(get(ledger().retry(first, due, 503, "answered 503"))).isTrue();

        CallRecord record = one(rid);
        assertThat(record.state()).isEqualTo(CallState.RETRYING);
        assertThat(record.attempt()).isEqualTo(1);
        assertThat(record.httpStatus()).isEqualTo(503);
        assertThat(record.reason()).isEqualTo("answered 503");
        assertThat(record.nextAttemptAt()).isEqualTo(Instant.ofEpochMilli(due));
        Attempt second = begin(rid);
        assertThat(second.number()).isEqualTo(2);
        assertThat(second.failures()).isEqualTo(1);
        assertThat(get(ledger().end(first, ending(null))))
                .as("of an attempt that is void")
                .isFalse();
        assertThat(one(rid).state()).isEqualTo(CallState.RUNNING);
    }

    @Test
    void countsNoAttempt_thatWasGivenBack() {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), HELLO);

        assertThat(get(ledger().giveBack(begin(rid), ledger().nowMillis()))).isTrue();

        assertThat(one(rid).state()).isEqualTo(CallState.QUEUED);
        assertThat(begin(rid).number()).isEqualTo(1);
    }

    @Test
    void startsNoAttempt_afterACancel() {
        String rid = submit(SomeCalls.withCallback("http://127.0.0.1:9/x"), HELLO);
        Waiting waiting = waiting(rid);

        assertThat(get(journal().cancel(rid))).isEqualTo(CallState.CANCELLED);

        assertThat(arrivals.withdrawn).contains(waiting.rid());
        assertThat(ledger().begin(waiting).block(PATIENCE)).isNull();
        assertThat(get(ledger().dueCallbacks(10))).isEmpty();
        assertThat(get(journal().cancel(rid))).as("again").isEqualTo(CallState.CANCELLED);
        assertThat(journal().cancel("0".repeat(32)).block(PATIENCE)).isNull();
    }

    @Test
    void refusesTheLateAnswer_ofACallThatWasCancelled() {
        String rid = submit(SomeCalls.withCallback("http://127.0.0.1:9/x"), HELLO);
        Attempt attempt = begin(rid);

        assertThat(get(journal().cancel(rid))).isEqualTo(CallState.CANCELLED);

        assertThat(complete(attempt, HELLO)).isFalse();
        assertThat(one(rid).state()).isEqualTo(CallState.CANCELLED);
        assertThat(journal().result(rid, 0, 10).block(PATIENCE)).isNull();
        assertThat(get(ledger().dueCallbacks(10))).isEmpty();
    }

    @Test
    void tellsHowACallEnded_thatIsCancelledTooLate() {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), HELLO);
        assertThat(complete(begin(rid), HELLO)).isTrue();

        assertThat(get(journal().cancel(rid))).isEqualTo(CallState.COMPLETED);
    }

    @Test
    void letsExactlyOneWin_whenStartAndCancelRace() {
        List<String> rids = Objects.requireNonNull(Flux.range(0, 300)
                .flatMap(i -> journal().submit(SomeCalls.to(SomeCalls.ECHO), SomeCalls.body(HELLO)), 64)
                .map(submitted -> ((Submitted.Accepted) submitted).rid())
                .collectList()
                .block(PATIENCE));

        List<Boolean> begunAndEnded = Objects.requireNonNull(Flux.fromIterable(rids)
                .flatMap(
                        rid -> Mono.zip(
                                ledger().begin(named(rid))
                                        .flatMap(attempt -> ledger().end(attempt, ending(null)))
                                        .defaultIfEmpty(false),
                                journal().cancel(rid),
                                (ended, state) -> ended == (state == CallState.COMPLETED)),
                        64)
                .collectList()
                .block(PATIENCE));

        assertThat(begunAndEnded).hasSize(300).containsOnly(true);
    }

    @Test
    void expiresACall_thatIsTooOldToStart() {
        String rid = submit(SomeCalls.withMaxAge(Duration.ofMillis(1)), HELLO);
        Waiting waiting = waiting(rid);
        eventually(() -> ledger().nowMillis() > waiting.expiresMillis());

        assertThat(ledger().begin(waiting).block(PATIENCE)).isNull();

        assertThat(one(rid).state()).isEqualTo(CallState.EXPIRED);
    }

    @Test
    void tellsAtOnce_whoAwaitsTheEnd() {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), HELLO);
        Attempt attempt = begin(rid);
        Mono<CallRecord> awaited = journal().await(rid, PATIENCE).cache();
        awaited.subscribe();

        assertThat(complete(attempt, HELLO)).isTrue();

        assertThat(get(awaited).state()).isEqualTo(CallState.COMPLETED);
        assertThat(get(journal().await(rid, PATIENCE)).state()).isEqualTo(CallState.COMPLETED);
    }

    @Test
    void tellsHowThingsAre_whenPatienceIsOver() {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), HELLO);

        assertThat(get(journal().await(rid, Duration.ofMillis(50))).state()).isEqualTo(CallState.QUEUED);
        assertThat(journal().await("0".repeat(32), PATIENCE).block(PATIENCE)).isNull();
    }

    @Test
    void keepsCallbacks_fromTheEndOfTheCallToTheirDelivery() {
        String rid = submit(SomeCalls.withCallback("http://user:secret@127.0.0.1:9/x"), HELLO);
        assertThat(get(ledger().dueCallbacks(10))).isEmpty();
        assertThat(complete(begin(rid), HELLO)).isTrue();
        eventually(() -> !arrivals.callbacks.isEmpty());

        DueCallback first = get(ledger().dueCallbacks(10)).get(0);
        assertThat(first.url().getUserInfo()).isEqualTo("user:secret");
        assertThat(first.number()).isEqualTo(1);
        assertThat(first.hasAnswer()).isTrue();
        ledger().callbackTried(first, 500, "answered 500", ledger().nowMillis()).block(PATIENCE);
        DueCallback second = get(ledger().dueCallbacks(10)).get(0);
        assertThat(second.number()).isEqualTo(2);
        ledger().callbackTried(second, 204, "", -1).block(PATIENCE);

        assertThat(get(ledger().dueCallbacks(10))).isEmpty();
        CallRecord.CallbackLog log = Objects.requireNonNull(one(rid).callback());
        assertThat(log.isDelivered()).isTrue();
        assertThat(log.url()).doesNotContain("secret");
        assertThat(log.attempts())
                .extracting(CallRecord.CallbackLog.Attempt::httpStatus)
                .containsExactly(500, 204);
    }

    @Test
    void listsWhatIsAskedFor_inPages() {
        List<String> echoes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            echoes.add(0, submit(SomeCalls.withLabel("run", i < 3 ? "old" : "new"), HELLO));
        }
        assertThat(get(journal().cancel(echoes.get(4)))).isEqualTo(CallState.CANCELLED);

        CallPage first = get(journal().list(query(Set.of(), Map.of()), "", 3));
        CallPage second = get(journal().list(query(Set.of(), Map.of()), first.next(), 3));
        assertThat(first.calls()).extracting(CallRecord::rid).containsExactlyElementsOf(echoes.subList(0, 3));
        assertThat(second.calls()).extracting(CallRecord::rid).containsExactlyElementsOf(echoes.subList(3, 5));
        assertThat(get(journal().list(query(Set.of(CallState.CANCELLED), Map.of()), "", 10))
                        .calls())
                .extracting(CallRecord::rid)
                .containsExactly(echoes.get(4));
        assertThat(get(journal().list(query(Set.of(), Map.of("run", "new")), "", 10))
                        .calls())
                .extracting(CallRecord::rid)
                .containsExactlyElementsOf(echoes.subList(0, 2));
        assertThat(get(journal().list(query(Set.of(), Map.of()), "", 10))
                        .calls()
                        .get(0)
                        .labels())
                .isEqualTo(Map.of("run", "new"));
    }

    @Test
    void cancelsAllThatAreMeant() {
        for (int i = 0; i < 30; i++) {
            submit(SomeCalls.withLabel("run", i < 10 ? "old" : "new"), HELLO);
        }

        assertThat(get(journal().cancelAll(query(Set.of(), Map.of("run", "old")))))
                .isEqualTo(10);

        assertThat(arrivals.withdrawn).hasSizeGreaterThanOrEqualTo(10);
        assertThat(get(ledger().backlogs()).get(0).waiting()).isEqualTo(20);
    }

    @Test
    void redrivesADeadCall_withItsAttemptsCountedAnew() {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), HELLO);
        assertThat(get(ledger().end(begin(rid), new Ending(CallState.DEAD, 500, "answered 500", 0.1, null))))
                .isTrue();
        assertThat(one(rid).state()).isEqualTo(CallState.DEAD);
        arrivals.arrived.clear();

        assertThat(get(journal().redriveAll(query(Set.of(CallState.DEAD), Map.of()))))
                .isEqualTo(1);

        assertThat(one(rid).state()).isEqualTo(CallState.QUEUED);
        eventually(() -> !arrivals.arrived.isEmpty());
        Attempt again = begin(rid);
        assertThat(again.number()).isEqualTo(1);
        assertThat(SomeCalls.read(again.body())).isEqualTo(HELLO);
    }

    @Test
    void leavesATombstone_ofACallThatWasPurged() {
        Submission call = SomeCalls.withKey("once");
        String rid = submit(call, HELLO);
        assertThat(complete(begin(rid), HELLO)).isTrue();

        assertThat(get(journal().purgeAll(query(Set.of(), Map.of())))).isEqualTo(1);

        assertThat(get(journal().find(call.callId())).get(0).isForgotten()).isTrue();
        assertThat(journal().result(rid, 0, 10).block(PATIENCE)).isNull();
        assertThat(get(journal().list(query(Set.of(), Map.of()), "", 10)).calls())
                .isEmpty();
        assertThat(get(journal().submit(SomeCalls.withKey("once"), SomeCalls.body(HELLO))))
                .isInstanceOf(Submitted.Accepted.class);
    }

    @Test
    void remembersWhatIsPaused() {
        journal().pause("slow", null, true).block(PATIENCE);
        journal().pause("", SomeCalls.ECHO.qualified(), true).block(PATIENCE);

        assertThat(get(journal().paused())).containsExactlyInAnyOrder("slow", "function:echo.openfaas-fn");
        eventually(() -> arrivals.pausedQueues.contains(Set.of("slow"))
                && arrivals.pausedFunctions.contains(Set.of("echo.openfaas-fn")));
        journal().pause("slow", null, false).block(PATIENCE);
        assertThat(get(journal().paused())).containsExactly("function:echo.openfaas-fn");
    }

    // ---- words of these tests --------------------------------------------------------------------------------------

    @CanIgnoreReturnValue
    protected final String submit(Submission call, byte[] body) {
        return ((Submitted.Accepted) get(journal().submit(call, SomeCalls.body(body)))).rid();
    }

    protected final Waiting waiting(String rid) {
        return get(ledger().window(LANE, null, 64)).stream()
                .filter(call -> call.rid().toString().equals(rid))
                .findFirst()
                .orElseGet(() -> named(rid));
    }

    /** As if it waited, whether it does or not. */
    private Waiting named(String rid) {
        long now = ledger().nowMillis();
        return new Waiting(Rid.parse(rid).orElseThrow(), LANE, now, now + 60_000);
    }

    protected final Attempt begin(String rid) {
        return get(ledger().begin(waiting(rid)));
    }

    protected final boolean complete(Attempt attempt, byte[] body) {
        return get(ledger().spool(
                        attempt, 200, new DefaultHttpHeaders().set("Content-Type", "text/answer"), SomeCalls.body(body))
                .flatMap(answer -> ledger().end(attempt, ending(answer))));
    }

    protected final CallRecord one(String rid) {
        return get(journal().await(rid, Duration.ZERO));
    }

    protected static Ending ending(@Nullable SpooledAnswer answer) {
        return new Ending(CallState.COMPLETED, 200, "", 0.5, answer);
    }

    protected static CallQuery query(Set<CallState> states, Map<String, String> labels) {
        return new CallQuery("", null, "", "", states, labels, null, null);
    }

    protected static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(PATIENCE));
    }

    protected static Failure failureOf(Mono<?> mono) {
        try {
            mono.block(PATIENCE);
        } catch (FailureException e) {
            return e.failure();
        }
        throw new AssertionError("it did not fail");
    }

    protected static void eventually(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not happen");
            }
            Thread.onSpinWait();
        }
    }
}
