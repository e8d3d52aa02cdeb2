package sluice.queue.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.FunctionName;
import sluice.core.calls.FunctionCaller;
import sluice.core.calls.Submission;
import sluice.queue.NoFunctions;
import sluice.queue.QueueConfigs;
import sluice.queue.QueueCounters;
import sluice.queue.SomeCalls;
import sluice.queue.schedule.Dispatcher;

/** A process that submits and runs calls and says so, line by line, until it is killed: {@code A id}, {@code X id}. */
final class LedgerProcess {
    private LedgerProcess() {}

    /** Arguments: directory, number of submits. Ends with a line {@code idle} when no call is open. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        PrintStream out = System.out;
        QueueCounters counters = new QueueCounters();
        EmbeddedJournal journal =
                EmbeddedJournal.open(Path.of(arguments[0]), QueueConfigs.with(), new NoFunctions(), counters);
        new Dispatcher(
                        journal.ledger(),
                        new Echo(out),
                        new NoFunctions(),
                        QueueConfigs.with(),
                        counters,
                        Schedulers.newSingle("dispatch"),
                        at -> {})
                .start();
        byte[] body = new byte[500];
        Flux.range(0, Integer.parseInt(arguments[1]))
                .flatMap(
                        i -> {
                            Submission call = SomeCalls.to(SomeCalls.ECHO);
                            return journal.submit(call, SomeCalls.body(i % 50 == 0 ? new byte[20_000] : body))
                                    .doOnNext(kept -> line(out, "A " + call.callId()));
                        },
                        16)
                .blockLast();
        while (journal.openCalls() > 0) {
            Thread.onSpinWait();
        }
        line(out, "idle " + UUID.randomUUID());
        journal.close();
        System.exit(0);
    }

    /** One write each, so that a kill cuts between lines. */
    private static void line(PrintStream out, String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            out.write(bytes, 0, bytes.length);
            out.flush();
        }
    }

    /** Answers each call with ok. */
    private record Echo(PrintStream out) implements FunctionCaller {
        private record Free(FunctionName function) implements Slot {
            @Override
            public boolean isBounded() {
                return true;
            }

            @Override
            public void release() {}
        }

        @Override
        public Mono<Slot> slot(FunctionName function) {
            return Mono.just(new Free(function));
        }

        @Override
        public Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body) {
            return body.doOnNext(ByteBuf::release).then(Mono.fromSupplier(() -> {
                line(out, "X " + head.headers().get("X-Call-Id"));
                ByteBuf ok = Unpooled.copiedBuffer("ok", StandardCharsets.UTF_8);
                return new CallAnswer(200, new DefaultHttpHeaders(), Flux.just(ok));
            }));
        }
    }
}
