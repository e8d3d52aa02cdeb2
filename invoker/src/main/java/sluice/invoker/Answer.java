package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;

/**
 * The answer to one call, on its way from the function to whoever called: told by the {@link UpstreamConnection}, passed
 * to the {@link Downstream}, and read no faster than that takes it. Knows how long the function, and a client that takes
 * nothing, may be waited for.
 *
 * <p>Confined to the loop of its call. Owns no buffer: each is passed on or released.
 */
final class Answer {
    private static final int MOST_INFORMATIONAL = 16;
    private static final long LOOK_NANOS = 10 * LoopTimer.TICK_NANOS;

    private final Exchange call;
    private final long timeoutNanos;

    private boolean isStream;
    private boolean hasBegun;
    private boolean isPaused;
    private int informational;
    private int code;
    private long progress;
    private long stalledBytes;
    private long stallStart;
    private @Nullable StreamWindow window;

    /** @param isStream whether the client expects one that comes little by little */
    Answer(Exchange call, boolean isStream) {
        Duration own = call.route.settings().upstreamTimeout();
        long most = call.relay.config().upstreamTimeout().toNanos();
        this.call = call;
        this.isStream = isStream;
        this.timeoutNanos = own == null ? most : Math.min(most, own.toNanos());
    }

    /** Whether the client has got some of it, so that nothing else can be answered any more. */
    boolean hasBegun() {
        return hasBegun;
    }

    /** Its status, once it has begun. */
    int code() {
        return code;
    }

    /** Whether the function is not listened to, because the client takes nothing. */
    boolean isPaused() {
        return isPaused;
    }

    // ---- from the function -----------------------------------------------------------------------------------------

    /** An answer with no meaning of its own came; false when there were too many (row U6). */
    boolean informational() {
        progress = call.loop.now();
        return ++informational <= MOST_INFORMATIONAL;
    }

    /** The head of the answer lies in the loop's scratch space. */
    void head(Head head, ResponseFacts facts, boolean hasBody) {
        begin(head.status, facts.isStream);
        call.downstream.answerHead(head, facts, call.request, hasBody);
        call.releaseBody();
        if (hasBody) {
            await();
            UpstreamConnection from = call.upstream.connection();
            if (facts.contentLength > RequestBody.READ_AHEAD && from != null) {
                StreamWindow opened = StreamWindow.of(call.relay);
                window = opened;
                opened.expect(facts.contentLength, from.sizer());
            }
        }
    }

    /** From now on there is no other answer than that of status {@code status}. */
    void begin(int status, boolean comesAsStream) {
        hasBegun = true;
        code = status;
        isStream |= comesAsStream;
        progress = call.loop.now();
        call.upstream.answered();
    }

    /** A part of the body, or bytes of a tunnel; takes ownership. */
    void body(ByteBuf data) {
        UpstreamConnection from = call.upstream.connection();
        if (from == null) {
            data.release();
            return;
        }
        progress = call.loop.now();
        Downstream to = call.downstream;
        to.answerBody(data);
        if (!to.isWritable()) {
            to.flush();
            if (!to.isWritable() && !isPaused) {
                pause(from);
            }
        }
    }

    /** The upstream bytes of this wake-up have all been told. */
    void readComplete() {
        call.downstream.flush();
        UpstreamConnection from = call.upstream.connection();
        if (from != null && call.downstream.isWritable()) {
            keptUp(from);
        }
    }

    /** The answer is complete; tells whether the connection it came on may serve another call. */
    boolean end(@Nullable Head trailers) {
        call.downstream.answerEnd(trailers);
        call.closeWindows();
        return call.isRequestComplete();
    }

    /** The function's bytes are not HTTP, or not an answer to this request (rows U5, U7). */
    void bad(String what) {
        if (!call.isRelaying()) {
            return;
        }
        call.upstream.close();
        call.relay.counters().badAnswers.increment();
        if (hasBegun) {
            call.abort();
        } else {
            call.fail(Refusal.of(
                    502, Component.FUNCTION, "function " + call.route.name + " sent an invalid response: " + what));
        }
    }

    // ---- pace ------------------------------------------------------------------------------------------------------

    private void pause(UpstreamConnection from) {
        isPaused = true;
        from.pauseReading();
        stalledBytes = call.downstream.pendingBytes();
        stallStart = call.loop.now();
        call.arm(stallStart + LOOK_NANOS);
    }

    /** The client's side has room again. */
    void downstreamWritable() {
        UpstreamConnection from = call.upstream.connection();
        if (!isPaused || from == null) {
            return;
        }
        isPaused = false;
        if (window != null) {
            window.drained(from.sizer());
        }
        if (call.loop.now() - stallStart < StreamWindow.SOON_NANOS) {
            keptUp(from);
        }
        await();
        from.resumeReading();
    }

    private void keptUp(UpstreamConnection from) {
        if (window == null && hasBegun && from.sizer().wasFull()) {
            window = StreamWindow.of(call.relay);
        }
        if (window != null) {
            window.keptUp(from.sizer());
        }
    }

    /** Nothing more will be read for this call; what was read may still wait for the client. */
    void closeWindow() {
        StreamWindow answered = window;
        if (answered == null) {
            return;
        }
        window = null;
        UpstreamConnection from = call.upstream.connection();
        ReadSizer sizer = from == null ? null : from.sizer();
        if (call.downstream.pendingBytes() <= StreamWindow.BASE) {
            answered.shrink(sizer);
        } else {
            answered.end(sizer);
            call.downstream.whenTaken(() -> answered.shrink(null));
        }
    }

    // ---- deadlines -------------------------------------------------------------------------------------------------

    /** What the function has for the first byte of its answer; in an answer, a silence. */
    long timeoutNanos() {
        return timeoutNanos;
    }

    /** It is the function's turn from now on. */
    void await() {
        progress = call.loop.now();
        call.arm(due());
    }

    /** When the function must have said something. */
    long due() {
        return progress + silenceNanos();
    }

    private long silenceNanos() {
        return isStream && hasBegun ? call.relay.config().streamIdle().toNanos() : timeoutNanos;
    }

    /** Ends the call if nothing moves; if something does, it will be looked at again. */
    void check(long now) {
        check(now, progress);
    }

    /** The same, where the request was still moving at {@code requestProgress}. */
    void check(long now, long requestProgress) {
        if (isPaused) {
            checkStall(now);
            return;
        }
        long due = Math.max(progress, requestProgress) + silenceNanos();
        if (now - due < 0) {
            call.arm(due);
        } else if (hasBegun) {
            call.relay.counters().abortedAnswers.increment();
            call.abort();
        } else {
            call.upstream.close();
            call.fail(timedOut("did not answer within " + timeoutNanos / 1_000_000 + " ms"));
        }
    }

    /** How a call is refused whose function was too slow. */
    Refusal timedOut(String what) {
        int status = call.relay.config().timeoutIs504() ? 504 : 502;
        return Refusal.timeout(status, "upstream_timeout: function " + call.route.name + " " + what);
    }

    /** A client that takes nothing of what waits for it (row C4). */
    private void checkStall(long now) {
        long pending = call.downstream.pendingBytes();
        if (pending < stalledBytes) {
            stalledBytes = pending;
            stallStart = now;
        } else if (now - stallStart >= call.relay.config().writeStall().toNanos()) {
            call.relay.counters().stalledClients.increment();
            call.abort();
            return;
        } else if (window != null) {
            UpstreamConnection from = call.upstream.connection();
            if (from != null) {
                window.stall(from.sizer());
            }
        }
        call.arm(now + LOOK_NANOS);
    }
}
