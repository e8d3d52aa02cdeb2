package sluice.queue.schedule;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.calls.FunctionCaller;

/** Functions that take a given time and have a given number of slots, in virtual time. */
final class FakeCaller implements FunctionCaller {
    private final Scheduler time;
    private final Map<FunctionName, Function> functions = new HashMap<>();
    int aborted;
    int refused;

    @Nullable FailureException refusal;

    FakeCaller(Scheduler time) {
        this.time = time;
    }

    private static final class Function {
        private final Duration duration;
        private final boolean isBounded;
        private final Deque<Integer> statuses = new ArrayDeque<>();
        private final Deque<MonoSink<Slot>> waiting = new ArrayDeque<>();
        private HttpHeaders headers = new DefaultHttpHeaders();
        private int free;
        private int running;
        private int mostRunning;

        Function(Duration duration, int slots, boolean isBounded) {
            this.duration = duration;
            this.free = slots;
            this.isBounded = isBounded;
        }
    }

    private Function of(FunctionName name) {
        return Objects.requireNonNull(functions.get(name));
    }

    void function(FunctionName name, Duration duration, int slots) {
        functions.put(name, new Function(duration, slots, true));
    }

    void unlimited(FunctionName name, Duration duration) {
        functions.put(name, new Function(duration, Integer.MAX_VALUE, false));
    }

    /** The next answers; 200 afterwards. */
    void answers(FunctionName name, HttpHeaders headers, int... statuses) {
        of(name).headers = headers;
        for (int status : statuses) {
            of(name).statuses.add(status);
        }
    }

    int mostRunning(FunctionName name) {
        return of(name).mostRunning;
    }

    int running(FunctionName name) {
        return of(name).running;
    }

    int waiting(FunctionName name) {
        return of(name).waiting.size();
    }

    private final class GrantedSlot implements Slot {
        private final FunctionName name;
        private boolean isOver;

        GrantedSlot(FunctionName name) {
            this.name = name;
        }

        @Override
        public FunctionName function() {
            return name;
        }

        @Override
        public boolean isBounded() {
            return of(name).isBounded;
        }

        @Override
        public void release() {
            if (!isOver) {
                isOver = true;
                of(name).free++;
                grant(name);
            }
        }
    }

    private void grant(FunctionName name) {
        Function function = of(name);
        while (function.free > 0 && !function.waiting.isEmpty()) {
            function.free--;
            function.waiting.remove().success(new GrantedSlot(name));
        }
    }

    @Override
    public Mono<Slot> slot(FunctionName name) {
        return Mono.create(sink -> {
            Function function = of(name);
            function.waiting.add(sink);
            sink.onCancel(() -> function.waiting.remove(sink));
            grant(name);
        });
    }

    @Override
    public Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body) {
        Function function = of(slot.function());
        FailureException why = refusal;
        if (why != null) {
            refused++;
            slot.release();
            return Mono.error(why);
        }
        return Mono.defer(() -> {
            function.running++;
            function.mostRunning = Math.max(function.mostRunning, function.running);
            Integer next = function.statuses.poll();
            int status = next == null ? 200 : next;
            HttpHeaders headers = next == null ? new DefaultHttpHeaders() : function.headers;
            return Mono.delay(function.duration, time)
                    .map(tick -> new CallAnswer(status, headers, Flux.empty()))
                    .doOnCancel(() -> aborted++)
                    .doFinally(signal -> {
                        function.running--;
                        slot.release();
                    });
        });
    }
}
