package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.invoker.QueuedCalls.body;
import static sluice.invoker.QueuedCalls.buffer;
import static sluice.invoker.QueuedCalls.call;
import static sluice.invoker.QueuedCalls.head;
import static sluice.invoker.QueuedCalls.slot;
import static sluice.invoker.QueuedCalls.text;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.FunctionCaller.CallAnswer;
import sluice.core.calls.FunctionCaller.Slot;

/** A queue's call takes the same walk as a client's, and both of its bodies keep to demand. */
class QueuedCallTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with("upstream_timeout", "1s");

    private final CountDownLatch release = new CountDownLatch(1);

    @Test
    void isSeenByTheFunctionAsAClientsCall_butForWhoCalls() throws Exception {
        RawFunction function = gateway.function("f");
        CallAnswer answer = answer(call(
                gateway.caller(),
                head(
                        "POST",
                        "/orders/7?dry=1",
                        4,
                        "X-Call-Id",
                        "abc",
                        "User-Agent",
                        "curl/8",
                        "X-Forwarded-For",
                        "203.0.113.9:51514",
                        "Content-Type",
                        "application/json",
                        "X-Mixed",
                        "a",
                        "X-Mixed",
                        "b"),
                body("da", "ta")));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(text(answer.body()).block(RawConnection.PATIENCE)).isEqualTo("ok");
        RawMessage request = function.onlyRequest();
        assertThat(request.startLine()).isEqualTo("POST /orders/7?dry=1 HTTP/1.1");
        assertThat(request.body()).isEqualTo("data");
        assertThat(request.field("Host")).isEqualTo("127.0.0.1:" + function.port());
        assertThat(request.field("X-Forwarded-Host")).isEqualTo("gw.example.com");
        assertThat(request.field("X-Forwarded-For")).isEqualTo("203.0.113.9:51514");
        assertThat(request.field("X-Call-Id")).isEqualTo("abc");
        assertThat(request.field("User-Agent")).isEqualTo("queue-worker/1.2.3 (sluice)");
        assertThat(request.field("Content-Length")).isEqualTo("4");
        assertThat(request.field("X-Sluice-Hops")).isEqualTo("1");
        assertThat(request.field("X-Start-Time")).matches("[0-9]{19}");
        assertThat(request.values("X-Mixed")).containsExactly("a", "b");
        assertThat(gateway.completed("f", "200")).isEqualTo(1);
    }

    @Test
    void tellsTheAnswerAsAClientWouldGetIt_withoutFraming() throws Exception {
        gateway.function(
                "f",
                RawFunction.answering(Requests.answer(
                        "418 I'm a teapot",
                        "abc",
                        "Set-Cookie: a=1",
                        "Set-Cookie: b=2",
                        "Connection: X-Hop",
                        "X-Hop: 1",
                        "X-OpenFaaS-Internal: faas-middleware")));
        CallAnswer answer = answer(call(
                gateway.caller(), head("GET", "", 0, "X-Call-Id", "abc", "Content-Type", "text/csv"), Flux.empty()));
        assertThat(answer.status()).isEqualTo(418);
        assertThat(answer.headers().getAll("Set-Cookie")).containsExactly("a=1", "b=2");
        assertThat(answer.headers().get("X-Call-Id")).isEqualTo("abc");
        assertThat(answer.headers().get("Content-Type")).isEqualTo("text/csv");
        assertThat(answer.headers().get("X-Served-By")).isEqualTo("sluice/1.2.3");
        assertThat(answer.headers().get("X-OpenFaaS-Internal")).isEqualTo("faas-middleware");
        assertThat(answer.headers().names())
                .doesNotContain("Transfer-Encoding", "Content-Length", "Connection", "X-Hop");
        assertThat(text(answer.body()).block(RawConnection.PATIENCE)).isEqualTo("abc");
    }

    @Test
    void sendsABodyOfUnknownLengthInChunks() throws Exception {
        RawFunction function = gateway.function("f");
        assertThat(ask("POST", -1, body("a", "", "bc"))).isEqualTo("ok");
        assertThat(function.onlyRequest().field("Transfer-Encoding")).isEqualTo("chunked");
        assertThat(function.onlyRequest().body()).isEqualTo("abc");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65_535, 65_536, 65_537, 3_000_000})
    void carriesBodiesOfAnySize_fromAPublisherOnAnotherThread(int size) throws Exception {
        RawFunction function = gateway.function("f", (connection, number) -> {
            while (true) {
                connection.send(Requests.ok(connection.request().body()));
            }
        });
        String part = "0123456789abcdef".repeat(1_024);
        Flux<ByteBuf> parts = Flux.<ByteBuf, Integer>generate(() -> size, (left, sink) -> {
                    if (left == 0) {
                        sink.complete(); // tells of its end only when asked for more
                        return 0;
                    }
                    int length = Math.min(left, part.length());
                    sink.next(buffer(part.substring(0, length)));
                    return left - length;
                })
                .subscribeOn(Schedulers.parallel());
        String echoed = ask("PUT", size, parts);
        assertThat(echoed).hasSize(size);
        assertThat(function.onlyRequest().body()).isEqualTo(echoed);
    }

    @Test
    void readsTheFunctionNoFurther_thanTheSubscriberAsks() throws Exception {
        AtomicLong sent = new AtomicLong();
        CountDownLatch isClosed = new CountDownLatch(1);
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            try {
                while (true) {
                    connection.send("x".repeat(10_000));
                    sent.addAndGet(10_000);
                }
            } finally {
                isClosed.countDown();
            }
        });
        CallAnswer answer = answer(call(gateway.caller(), head("GET", "", 0), Flux.empty()));
        AtomicInteger parts = new AtomicInteger();
        BaseSubscriber<ByteBuf> reader = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription to) {
                to.request(1);
            }

            @Override
            protected void hookOnNext(ByteBuf data) {
                parts.incrementAndGet();
                data.release();
            }
        };
        answer.body().subscribe(reader);
        Eventually.await("the one part", () -> parts.get() == 1);
        Eventually.await("the function to be stopped", () -> isSteady(sent));
        long stopped = sent.get();
        assertThat(parts).hasValue(1);
        assertThat(stopped).isLessThan(20_000_000);
        reader.request(1_000);
        Eventually.await("the function to go on", () -> sent.get() > stopped && parts.get() > 10);
        reader.cancel();
        assertThat(isClosed.await(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void asksItsPublisherForNoMore_thanTheFunctionTakes() throws Exception {
        AtomicLong given = new AtomicLong();
        gateway.function("f", (connection, number) -> {
            connection.read();
            release.await();
        });
        Flux<ByteBuf> endless = Flux.generate(sink -> {
            given.addAndGet(10_000);
            sink.next(buffer("x".repeat(10_000)));
        });
        Disposable running =
                call(gateway.caller(), head("POST", "", -1), endless).subscribe(answer -> {}, failure -> {});
        Eventually.await("the publisher to be left alone", () -> given.get() > 0 && isSteady(given));
        assertThat(given.get()).isLessThan(20_000_000);
        running.dispose();
        release.countDown();
    }

    @Test
    void isAbortedAtOnce_whenItIsCancelledBeforeItsAnswer() throws Exception {
        CountDownLatch isClosed = new CountDownLatch(1);
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.ending();
            isClosed.countDown();
        });
        Disposable running =
                call(gateway.caller(), head("GET", "", 0), Flux.empty()).subscribe(answer -> {}, failure -> {});
        Eventually.await("the call to run", () -> function.requests().size() == 1);
        running.dispose();
        assertThat(isClosed.await(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        gateway.awaitNothingInFlight();
    }

    @Test
    void failsAsAClientsCallWould() throws Exception {
        gateway.deploy("f", gateway.deadEndpoint("gone"));
        assertFails(Failure.UPSTREAM_FAILED, "GET", 0, Flux.empty());
        gateway.function("f", (connection, number) -> {
            connection.request();
            release.await();
        });
        assertFails(Failure.UPSTREAM_TIMEOUT, "GET", 0, Flux.empty());
        release.countDown();
        assertFails(Failure.METHOD_NOT_ALLOWED, "BREW", 0, Flux.empty());
        assertFails(
                Failure.LOOP_DETECTED, call(gateway.caller(), head("GET", "", 0, "X-Sluice-Hops", "16"), Flux.empty()));
        assertFails(
                Failure.INVALID_REQUEST,
                call(gateway.caller(), head("GET", "", 0, "X-Long", "x".repeat(40_000)), Flux.empty()));
        assertFails(Failure.INVALID_REQUEST, call(gateway.caller(), head("GET", "/../g", 0), Flux.empty()));
        assertFails(Failure.INVALID_REQUEST, call(gateway.caller(), head("GET", "/a b", 0), Flux.empty()));
        assertFails(Failure.INVALID_REQUEST, call(gateway.caller(), head("GET", "/\r\nX: y", 0), Flux.empty()));
    }

    @Test
    void failsInItsBody_whenTheAnswerIsCut() throws Exception {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut");
        });
        CallAnswer answer = answer(call(gateway.caller(), head("GET", "", 0), Flux.empty()));
        StepVerifier.create(answer.body())
                .consumeNextWith(data -> assertThat(data.release()).isTrue())
                .expectErrorSatisfies(
                        e -> assertThat(((FailureException) e).failure()).isEqualTo(Failure.UPSTREAM_FAILED))
                .verify(RawConnection.PATIENCE);
    }

    @Test
    void sendsNoWholeRequest_whenItsBodyIsNotWhatWasAnnounced() throws Exception {
        RawFunction function = gateway.function("f");
        assertFails(Failure.INVALID_REQUEST, "POST", 100_000, body("x".repeat(99_999)));
        assertFails(Failure.INVALID_REQUEST, "POST", 100_000, body("x".repeat(99_999), "yz"));
        assertFails(Failure.INVALID_REQUEST, "POST", 5, body("x"));
        Flux<ByteBuf> failing = Flux.concat(body("half"), Mono.error(new IllegalStateException("lost")));
        assertThatThrownBy(() -> ask("POST", -1, failing)).hasMessage("lost");
        gateway.awaitNothingInFlight();
        assertThat(function.requests()).noneMatch(RawMessage::isWhole);
    }

    @Test
    void endsItsPublisher_whenTheFunctionAnswersEarly() throws Exception {
        gateway.function("f", (connection, number) -> {
            connection.read();
            connection.send(RawFunction.OK);
            release.await();
        });
        CountDownLatch isCancelled = new CountDownLatch(1);
        Flux<ByteBuf> endless = Flux.<ByteBuf>generate(sink -> sink.next(buffer("x".repeat(10_000))))
                .doFinally(end -> {
                    if (end == SignalType.CANCEL) {
                        isCancelled.countDown();
                    }
                });
        assertThat(ask("POST", -1, endless)).isEqualTo("ok");
        assertThat(isCancelled.await(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        release.countDown();
    }

    @Test
    void usesItsSlotOnce() throws Exception {
        gateway.function("f");
        Slot slot = slot(gateway.caller());
        CallAnswer answer = answer(gateway.caller().call(slot, head("GET", "", 0), Flux.empty()));
        assertThat(text(answer.body()).block(RawConnection.PATIENCE)).isEqualTo("ok");
        slot.release();
        assertThatThrownBy(() -> answer(gateway.caller().call(slot, head("GET", "", 0), Flux.empty())))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> text(answer.body()).block(RawConnection.PATIENCE))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void failsTheReaderOfItsBody_whenOnlyTheCallIsCancelled() throws Exception {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome");
            connection.ending();
        });
        AtomicReference<Subscription> outer = new AtomicReference<>();
        CallAnswer answer =
                answer(call(gateway.caller(), head("GET", "", 0), Flux.empty()).doOnSubscribe(outer::set));
        StepVerifier.create(answer.body())
                .consumeNextWith(data -> {
                    assertThat(data.release()).isTrue();
                    Objects.requireNonNull(outer.get()).cancel();
                })
                .expectError(FailureException.class)
                .verify(RawConnection.PATIENCE);
    }

    private void assertFails(Failure failure, String method, long length, Flux<ByteBuf> body) {
        assertFails(failure, call(gateway.caller(), head(method, "", length), body));
    }

    private static void assertFails(Failure failure, Mono<CallAnswer> call) {
        assertThatThrownBy(() -> answer(call))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }

    private String ask(String method, long length, Flux<ByteBuf> body) {
        return Objects.requireNonNull(call(gateway.caller(), head(method, "", length), body)
                .flatMap(answer -> text(answer.body()))
                .block(RawConnection.PATIENCE));
    }

    private static CallAnswer answer(Mono<CallAnswer> call) {
        return Objects.requireNonNull(call.block(RawConnection.PATIENCE));
    }

    private static boolean isSteady(AtomicLong counter) {
        long before = counter.get();
        Eventually.linger(java.time.Duration.ofMillis(100));
        return before > 0 && counter.get() == before;
    }
}
