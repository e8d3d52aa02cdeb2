package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import sluice.core.AccessGate.Decision;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.HeapPressure;

/**
 * One call, from its parsed head to the last byte of its answer: read ahead, wait for a slot, connect, relay, end. The
 * page {@code docs/relay.md} has the whole picture of threads and owners.
 *
 * <p><b>Thread.</b> Everything here runs on the event loop of the client's connection, and so do the upstream
 * connection and both bodies. Only a {@link Waiter} comes from other loops, and it hops to this one first.
 *
 * <p><b>Ownership.</b> The exchange owns {@link #request}, the body parts in {@link #ahead}, and, once it has them, one
 * slot of {@link #replica} and one {@link #upstream}. A buffer given to {@code answerBody} or written upstream is no
 * longer ours. {@link #end} gives everything back, exactly once; after it every late event finds {@link State#ENDED} and
 * does nothing but release what it brought.
 *
 * <p><b>What may interleave.</b> The client may leave, and a deadline may pass, in every state. A slot may arrive after
 * the call has left: {@link #granted} passes it on. A dial may succeed after the call has left: the pool keeps the
 * connection. The answer may be complete before the request is (row U10): then the upstream connection is closed, since
 * half a request is in it, and the client's side drains or closes.
 *
 * <p><b>Back-pressure.</b> Whoever writes checks {@code isWritable}; if not, flushes and checks again (the flush may have
 * drained everything, and then no event will follow), and only then stops the other side's reads.
 */
final class Exchange extends Timed implements Waiter.Call {
    /** Bytes of a request body kept before an upstream connection is there, and the most that can be sent again. */
    static final int READ_AHEAD = 64 * 1024;

    private static final Queue<ByteBuf> NOTHING = new ArrayDeque<>(0); // never added to
    private static final int MOST_INFORMATIONAL = 16;
    private static final int MOST_REPLICAS = 3;
    private static final int CLIENT_LEFT = 502; // what OpenFaaS counts for it

    private enum State {
        READING_AHEAD,
        WAITING,
        CONNECTING,
        RELAYING,
        TUNNEL,
        ENDED
    }

    final Route route;
    final boolean isHead;

    private final RelayContext relay;
    private final LoopState loop;
    private final Downstream downstream;
    private final ForwardedHead request;
    private final boolean mayRepeat;
    private final boolean mayUpgrade;
    private final boolean keepsTrailers;
    private final long bodyLength;
    private final boolean isChunked;
    private final long upstreamTimeoutNanos;

    private State state = State.READING_AHEAD;
    private Queue<ByteBuf> ahead = NOTHING;
    private int aheadBytes;
    private @Nullable ByteBuf aheadEnd; // last chunk and trailers, where they came before the upstream connection
    private boolean isRequestComplete;
    private boolean isAheadWhole = true; // nothing of the body has been dropped: it could be sent again

    private @Nullable Waiter waiter;
    private @Nullable Replica replica;
    private @Nullable UpstreamConnection upstream;
    private int dialled;
    private List<Replica> unreached = List.of();
    private boolean hasRepeated;
    private boolean isStarted;
    private boolean isHeld;
    private boolean isAskingWho;
    private boolean isReadAhead;
    private boolean isAnswering;
    private boolean isStream;
    private int informational;
    private int code;

    private long startNanos;
    private long waitDeadline;
    private long upstreamProgress;
    private final long bodyStart;
    private long bodyBytes;
    private long clientProgress;
    private long stalledBytes = -1;
    private long stallStart;
    private boolean isRequestPaused;
    private boolean isAnswerPaused;
    private @Nullable StreamWindow up;
    private @Nullable StreamWindow down;

    /** A call whose head lies in the scratch space of {@code loop}; {@code request} is what will be forwarded. */
    Exchange(RelayContext relay, LoopState loop, Downstream downstream, Route route, ForwardedHead request) {
        RequestFacts facts = loop.facts;
        Head head = loop.head;
        this.relay = relay;
        this.loop = loop;
        this.downstream = downstream;
        this.route = route;
        this.request = request;
        this.isHead = Head.isMethod(head, "HEAD");
        this.mayRepeat = isHead
                || Head.isMethod(head, "GET")
                || Head.isMethod(head, "PUT")
                || Head.isMethod(head, "DELETE")
                || Head.isMethod(head, "OPTIONS");
        this.mayUpgrade = facts.wantsUpgrade;
        this.keepsTrailers = facts.isGrpc;
        this.isChunked = facts.isChunked;
        this.bodyLength = Math.max(0, facts.contentLength);
        this.isRequestComplete = !facts.hasBody();
        this.isStream = facts.streams;
        java.time.Duration own = route.settings().upstreamTimeout();
        long most = relay.config().upstreamTimeout().toNanos();
        this.upstreamTimeoutNanos = own == null ? most : Math.min(most, own.toNanos());
        this.bodyStart = loop.now();
        this.clientProgress = bodyStart;
    }

    /** The call waits for the gate, while its body is read ahead; it may take no slot before. */
    void admitAfter(Decision.Ask ask, InetSocketAddress peer, @Nullable String requestLine) {
        isAskingWho = true;
        ask.answer()
                .onErrorReturn(Refusal.GATE_FAILED)
                .subscribe(decision -> loop.execute(() -> admission(decision, peer, requestLine)));
    }

    private void admission(Decision decision, InetSocketAddress peer, @Nullable String requestLine) {
        isAskingWho = false;
        if (decision instanceof Decision.Deny denial) {
            Refusal refusal = Refusal.of(denial, route.name);
            if (state != State.ENDED && requestLine != null) {
                RefusedCall.record(
                        relay.gate().audit(), peer, route.name, denial, refusal, requestLine, request.callId());
            }
            fail(refusal);
        } else if (isReadAhead && state == State.READING_AHEAD) {
            admit();
        }
    }

    /** Begins: small bodies are read whole before a slot is taken, so that a slow upload holds none (row C3). */
    void start() {
        if (isRequestComplete || isChunked || bodyLength > READ_AHEAD) {
            admit();
        } else {
            watchClient();
        }
    }

    /** As {@link #start}, in a slot of {@code granted} that the call brings along. */
    void startIn(Replica granted) {
        replica = granted;
        start();
    }

    // ---- the request's body, from the client -------------------------------------------------------------------

    /** A part of the request's body; takes ownership. */
    void requestBody(ByteBuf data) {
        bodyBytes += data.readableBytes();
        clientProgress = loop.now();
        switch (state) {
            case ENDED -> data.release();
            case RELAYING -> sendBody(data);
            default -> {
                if (ahead == NOTHING) {
                    ahead = new ArrayDeque<>();
                }
                ahead.add(data);
                aheadBytes += data.readableBytes();
                if (aheadBytes >= READ_AHEAD && !isRequestPaused) {
                    isRequestPaused = true;
                    downstream.pauseReading();
                }
            }
        }
    }

    /** The request's body is complete. */
    void requestEnd(@Nullable Head trailers) {
        isRequestComplete = true;
        if (state == State.READING_AHEAD) {
            admit();
        } else if (state == State.RELAYING) {
            endBody(keepsTrailers ? trailers : null);
        } else if (state != State.ENDED && isChunked && keepsTrailers && trailers != null) {
            aheadEnd = Trailers.lastChunk(loop.out, trailers)
                    .toBuffer(downstream.channel().alloc(), 0);
        }
    }

    /** The client's bytes of this wake-up have all been told. */
    void requestReadComplete() {
        UpstreamConnection to = upstream;
        if (to == null) {
            return;
        }
        to.flush();
        if (to.isWritable()) {
            upKeptUp();
        }
    }

    private void sendBody(ByteBuf data) {
        UpstreamConnection to = connected();
        isAheadWhole = false;
        to.writeBody(data, isChunked);
        if (!to.isWritable()) {
            to.flush();
            if (!to.isWritable() && !isRequestPaused) {
                isRequestPaused = true;
                downstream.pauseReading();
            }
        }
    }

    private void upKeptUp() {
        ReadSizer sizer = downstream.sizer();
        if (sizer == null || isRequestComplete || state != State.RELAYING) {
            return;
        }
        if (up == null && sizer.wasFull()) {
            up = newWindow();
        }
        if (up != null) {
            up.keptUp(sizer);
        }
    }

    private void downKeptUp(UpstreamConnection from) {
        if (down == null && from.sizer().wasFull() && isAnswering) {
            down = newWindow();
        }
        if (down != null) {
            down.keptUp(from.sizer());
        }
    }

    private StreamWindow newWindow() {
        return new StreamWindow(relay.budget(), relay.config().maxWindow());
    }

    private void endBody(@Nullable Head trailers) {
        UpstreamConnection to = connected();
        to.endBody(isChunked, trailers);
        to.flush();
        upstreamProgress = loop.now();
        arm(upstreamProgress + silenceNanos());
    }

    // ---- admission -------------------------------------------------------------------------------------------------

    private void admit() {
        isReadAhead = true;
        if (isAskingWho) {
            return;
        }
        if (replica != null) {
            connect(replica);
            return;
        }
        Replica free = route.waiting() > 0 ? null : route.tryAcquire(loop.ids.randomInt(), List.of());
        if (free != null) {
            connect(free);
        } else {
            hold();
        }
    }

    private void hold() {
        boolean isUp = route.hasReadyReplica();
        if (!isUp && !relay.config().scaleFromZero()) {
            fail(noEndpoints());
            return;
        }
        if (relay.heap() != HeapPressure.Level.LOW) {
            fail(Refusal.later(503, Component.INVOKER, "no call may wait: the heap is nearly full (SLUICE_HEAP_HIGH)"));
            return;
        }
        int own = route.settings().maxWait();
        int most = own < 0
                ? relay.config().maxHeldCalls()
                : Math.min(own, relay.config().maxHeldCalls());
        state = State.WAITING;
        isHeld = true;
        waitDeadline = loop.now() + relay.config().holdWait().toNanos();
        arm(waitDeadline);
        Waiter waiting = new Waiter(this, loop);
        waiter = waiting;
        if (!relay.hold()) {
            isHeld = false;
            fail(Refusal.later(
                    503, Component.INVOKER, "too many calls wait for a replica (SLUICE_MAX_HELD_CALLS_TOTAL)"));
        } else if (!route.enqueue(waiting, most)) {
            fail(full(isUp, most));
        } else {
            route.wake(relay.provider());
        }
    }

    private Refusal full(boolean isUp, int most) {
        return isUp
                ? Refusal.later(
                        429,
                        Component.INVOKER,
                        "function " + route.name + " is at its concurrency limit and " + most + " calls wait already")
                : Refusal.later(
                        503, Component.INVOKER, most + " calls wait already for a replica of function " + route.name);
    }

    private Refusal noEndpoints() {
        return Refusal.later(503, Component.INVOKER, "No endpoints available for: " + route.name.name() + ".");
    }

    @Override
    public void granted(Replica granted) {
        if (state != State.WAITING) {
            route.release(granted);
            return;
        }
        unhold();
        connect(granted);
    }

    @Override
    public void waitFailed(FailureException failure) {
        if (state == State.WAITING) {
            unhold();
            fail(
                    failure.failure() == Failure.UNKNOWN_FUNCTION
                            ? Refusal.of(404, failure.component(), failure.text())
                            : Refusal.later(503, failure.component(), failure.text()));
        }
    }

    private void unhold() {
        waiter = null;
        if (isHeld) {
            isHeld = false;
            relay.unhold();
        }
    }

    // ---- the upstream connection -----------------------------------------------------------------------------------

    private void connect(Replica chosen) {
        replica = chosen;
        state = State.CONNECTING;
        if (!isStarted) {
            isStarted = true;
            startNanos = loop.now();
            route.calls.of(loop).started();
        }
        dialled++;
        arm(loop.now() + upstreamTimeoutNanos);
        chosen.pools.of(loop).acquire(this);
    }

    /** An upstream connection is ours; false when the call is over and has no use for it. */
    boolean connected(UpstreamConnection connection) {
        if (state != State.CONNECTING) {
            return false;
        }
        upstream = connection;
        state = State.RELAYING;
        connection.send(this, request.addressedTo(held().authority), ahead, aheadEnd, isChunked, isRequestComplete);
        if (isRequestPaused && aheadBytes >= READ_AHEAD) {
            resumeRequest();
        }
        if (isRequestComplete) {
            upstreamProgress = loop.now();
            arm(upstreamProgress + silenceNanos());
        } else {
            releaseAhead(); // it may be a long body, of which no copy is kept
            watchClient();
            if (bodyLength > READ_AHEAD) {
                up = newWindow();
                up.expect(bodyLength, downstream.sizer());
            }
        }
        return true;
    }

    /** No connection to the chosen replica could be made; nothing of the call was written (rule 3.1 a). */
    void dialFailed(Throwable cause) {
        relay.counters().dialFailed(cause);
        if (state != State.CONNECTING) {
            return;
        }
        Replica failed = held();
        route.upstreamFailed(failed, loop.now());
        unreached = new ArrayList<>(unreached);
        unreached.add(failed);
        if (dialled < MOST_REPLICAS && route.hasOtherThan(unreached)) {
            Replica other = route.tryAcquire(loop.ids.randomInt(), unreached);
            if (other != null) {
                relay.counters().retriesOfDials.increment();
                replica = null;
                route.release(failed);
                connect(other);
                return;
            }
        }
        fail(unreachable());
    }

    /**
     * The upstream connection ended before its answer was complete.
     *
     * @param isStale whether it had served a call before and not one byte of an answer to this one came
     */
    void upstreamClosed(boolean isStale) {
        if (state == State.TUNNEL) {
            end(true, code);
            return;
        }
        if (state != State.RELAYING) {
            return;
        }
        upstream = null;
        if (isAnswering) {
            relay.counters().abortedAnswers.increment();
            end(true, code);
        } else if (isStale && mayRepeat && !hasRepeated && isRequestComplete && isAheadWhole && relay.mayRetry()) {
            hasRepeated = true;
            relay.counters().retriesOfStale.increment();
            state = State.CONNECTING;
            held().pools.of(loop).dialFor(this);
        } else {
            relay.counters().endedBeforeAnswer.increment();
            if (!isStale) {
                route.upstreamFailed(held(), loop.now());
            }
            fail(unreachable());
        }
    }

    private Refusal unreachable() {
        return Refusal.of(502, Component.INVOKER, "Can't reach service for: " + route.name.name() + ".");
    }

    /** The function's bytes are not HTTP, or not an answer to this request (rows U5, U7). */
    void badAnswer(String what) {
        if (state != State.RELAYING) {
            return;
        }
        closeUpstream();
        relay.counters().badAnswers.increment();
        if (isAnswering) {
            end(true, code);
        } else {
            fail(Refusal.of(502, Component.FUNCTION, "function " + route.name + " sent an invalid response: " + what));
        }
    }

    void upstreamWritable() {
        if (isRequestPaused && (state == State.RELAYING || state == State.TUNNEL)) {
            if (loop.now() - clientProgress < StreamWindow.SOON_NANOS) {
                upKeptUp();
            }
            resumeRequest();
        }
    }

    private void resumeRequest() {
        isRequestPaused = false;
        clientProgress = loop.now();
        downstream.resumeReading();
        if (state == State.RELAYING && !isRequestComplete) {
            watchClient();
        }
    }

    // ---- the answer ------------------------------------------------------------------------------------------------

    /** An answer with no meaning of its own came; false when there were too many (row U6). */
    boolean informational() {
        upstreamProgress = loop.now();
        return ++informational <= MOST_INFORMATIONAL;
    }

    boolean mayUpgrade() {
        return mayUpgrade;
    }

    /** The head of the answer lies in the loop's scratch space. */
    void answerHead(Head head, ResponseFacts facts, boolean hasBody) {
        isAnswering = true;
        code = head.status;
        isStream |= facts.isStream;
        upstreamProgress = loop.now();
        held().succeeded();
        downstream.answerHead(head, facts, request, hasBody);
        releaseAhead();
        if (hasBody) {
            arm(upstreamProgress + silenceNanos());
            if (facts.contentLength > READ_AHEAD) {
                down = newWindow();
                down.expect(facts.contentLength, connected().sizer());
            }
        }
    }

    /** The function agreed to change the protocol: a tunnel from now on. */
    void switchProtocol(Head head) {
        isAnswering = true;
        code = head.status;
        isStream = true;
        state = State.TUNNEL;
        held().succeeded();
        downstream.switchProtocol(head, request);
        touchTunnel();
    }

    /** A part of the answer's body; takes ownership. */
    void answerBody(ByteBuf data) {
        if (state != State.RELAYING && state != State.TUNNEL) {
            data.release();
            return;
        }
        upstreamProgress = loop.now();
        downstream.answerBody(data);
        if (!downstream.isWritable()) {
            downstream.flush();
            if (!downstream.isWritable() && !isAnswerPaused) {
                pauseAnswer();
            }
        }
    }

    private void pauseAnswer() {
        isAnswerPaused = true;
        connected().pauseReading();
        stalledBytes = downstream.pendingBytes();
        stallStart = loop.now();
        arm(stallStart + LoopTimer.TICK_NANOS * 10);
    }

    /** The upstream bytes of this wake-up have all been told. */
    void answerReadComplete() {
        downstream.flush();
        UpstreamConnection from = upstream;
        if (from != null && downstream.isWritable()) {
            downKeptUp(from);
        }
    }

    void downstreamWritable() {
        if (isAnswerPaused && upstream != null) {
            isAnswerPaused = false;
            if (down != null) {
                down.drained(upstream.sizer());
            }
            if (loop.now() - stallStart < StreamWindow.SOON_NANOS) {
                downKeptUp(upstream);
            }
            stalledBytes = -1;
            upstreamProgress = loop.now();
            arm(upstreamProgress + silenceNanos());
            upstream.resumeReading();
        }
    }

    /** The answer is complete; tells whether the connection it came on may serve another call. */
    boolean answerEnd(@Nullable Head trailers) {
        downstream.answerEnd(trailers);
        closeWindows(); // before another call may get the connection
        return isRequestComplete;
    }

    /** The upstream connection is back in its pool or closed: the last step of a call that went well. */
    void finished() {
        upstream = null;
        end(false, code);
    }

    // ---- tunnel ----------------------------------------------------------------------------------------------------

    /** Bytes of the client in a tunnel; takes ownership. */
    void tunnel(ByteBuf data) {
        if (state != State.TUNNEL) {
            data.release();
            return;
        }
        touchTunnel();
        UpstreamConnection to = connected();
        to.writeBody(data, false);
        if (!to.isWritable()) {
            to.flush();
            if (!to.isWritable() && !isRequestPaused) {
                isRequestPaused = true;
                downstream.pauseReading();
            }
        }
    }

    private void touchTunnel() {
        upstreamProgress = loop.now();
        arm(upstreamProgress + relay.config().streamIdle().toNanos());
    }

    // ---- deadlines -------------------------------------------------------------------------------------------------

    private void arm(long deadline) {
        loop.timer.arm(this, deadline);
    }

    private long silenceNanos() {
        return isStream && isAnswering ? relay.config().streamIdle().toNanos() : upstreamTimeoutNanos;
    }

    private void watchClient() {
        long now = loop.now();
        arm(now + Math.min(1_000_000_000L, relay.config().bodySilence().toNanos()));
    }

    @Override
    void expired(long now) {
        switch (state) {
            case READING_AHEAD -> checkClient(now);
            case WAITING -> {
                if (now - waitDeadline >= 0) {
                    waitedTooLong();
                } else {
                    arm(waitDeadline);
                }
            }
            case CONNECTING -> fail(timedOut("was not reached"));
            case RELAYING -> checkRelay(now);
            case TUNNEL -> {
                if (now - upstreamProgress >= relay.config().streamIdle().toNanos()) {
                    abort();
                } else {
                    arm(upstreamProgress + relay.config().streamIdle().toNanos());
                }
            }
            case ENDED -> {}
        }
    }

    private void waitedTooLong() {
        boolean isUp = route.hasReadyReplica();
        fail(
                isUp
                        ? Refusal.later(
                                429,
                                Component.INVOKER,
                                "function " + route.name + " is at its concurrency limit (waited SLUICE_HOLD_WAIT)")
                        : noEndpoints());
    }

    private void checkRelay(long now) {
        if (isAnswerPaused) {
            checkStall(now);
        } else if (!isRequestComplete && !isAnswering && !isRequestPaused) {
            checkClient(now);
        } else {
            long since = isRequestComplete ? upstreamProgress : Math.max(upstreamProgress, clientProgress);
            long due = since + silenceNanos();
            if (now - due < 0) {
                arm(due);
            } else if (isAnswering) {
                relay.counters().abortedAnswers.increment();
                abort();
            } else {
                closeUpstream();
                fail(timedOut("did not answer within " + upstreamTimeoutNanos / 1_000_000 + " ms"));
            }
        }
    }

    private Refusal timedOut(String what) {
        int status = relay.config().timeoutIs504() ? 504 : 502;
        return Refusal.timeout(status, "upstream_timeout: function " + route.name + " " + what);
    }

    /** A client that takes nothing of what waits for it (row C4). */
    private void checkStall(long now) {
        long pending = downstream.pendingBytes();
        if (pending < stalledBytes) {
            stalledBytes = pending;
            stallStart = now;
        } else if (now - stallStart >= relay.config().writeStall().toNanos()) {
            relay.counters().stalledClients.increment();
            abort();
            return;
        } else if (down != null) {
            down.stall(connected().sizer());
        }
        arm(now + LoopTimer.TICK_NANOS * 10);
    }

    /** A client whose request body comes too slowly (row C2). */
    private void checkClient(long now) {
        InvokerConfig config = relay.config();
        long silence = now - clientProgress;
        long running = now - bodyStart;
        boolean isSilent = silence >= config.bodySilence().toNanos();
        boolean isSlow = config.uploadRate() > 0
                && running > config.uploadGrace().toNanos()
                && bodyBytes < running / 1_000_000_000.0 * config.uploadRate()
                && !isRequestPaused;
        if (isSilent || isSlow) {
            closeUpstream();
            fail(Refusal.closing(
                    408,
                    isSilent
                            ? "the request body paused for longer than SLUICE_BODY_SILENCE"
                            : "the request body came slower than SLUICE_UPLOAD_RATE"));
        } else {
            watchClient();
        }
    }

    // ---- ends ------------------------------------------------------------------------------------------------------

    /** The request's body broke the rules of its framing (row F6). */
    void requestBroken() {
        closeUpstream();
        if (isAnswering) {
            abort();
        } else {
            fail(Refusal.malformed("the chunked request body is malformed"));
        }
    }

    /** The client is gone: whatever runs for it stops now (promise 5). */
    void downstreamGone() {
        end(true, isAnswering ? code : CLIENT_LEFT);
    }

    /** Ends the call in mid-air. */
    void abort() {
        end(true, isAnswering ? code : CLIENT_LEFT);
    }

    private void fail(Refusal refusal) {
        if (state == State.ENDED) {
            return;
        }
        code = refusal.status();
        downstream.refuse(refusal, request);
        end(false, code);
    }

    private void end(boolean isAborted, int status) {
        if (state == State.ENDED) {
            return;
        }
        State before = state;
        state = State.ENDED;
        loop.timer.disarm(this);
        if (before == State.WAITING) {
            Waiter waiting = waiter;
            if (waiting != null) {
                var unused = route.leave(waiting); // if a slot is on its way, granted() passes it on
            }
            unhold();
        }
        closeWindows();
        if (before == State.TUNNEL && upstream != null) {
            upstream.closeAfterWrites();
            upstream = null;
        }
        closeUpstream();
        Replica mine = replica;
        if (mine != null) {
            replica = null;
            if (before == State.CONNECTING) {
                mine.pools.of(loop).cancel(this);
            }
            route.release(mine);
        }
        if (isStarted) {
            route.calls.of(loop).completed(status, loop.now() - startNanos);
        }
        if (hasRepeated) {
            relay.retryEnded();
        }
        releaseAhead();
        request.release();
        relay.callEnded();
        downstream.ended(isAborted);
    }

    private void closeWindows() {
        UpstreamConnection far = upstream;
        if (up != null) {
            up.shrink(downstream.sizer());
            up = null;
        }
        StreamWindow answered = down;
        if (answered != null) {
            down = null;
            if (downstream.pendingBytes() <= StreamWindow.BASE) {
                answered.shrink(far == null ? null : far.sizer());
            } else {
                answered.end(far == null ? null : far.sizer());
                downstream.whenTaken(() -> answered.shrink(null));
            }
        }
    }

    private void closeUpstream() {
        UpstreamConnection open = upstream;
        if (open != null) {
            upstream = null;
            open.abort();
        }
    }

    private void releaseAhead() {
        for (ByteBuf part = ahead.poll(); part != null; part = ahead.poll()) {
            part.release();
        }
        ByteBuf last = aheadEnd;
        if (last != null) {
            aheadEnd = null;
            last.release();
        }
        aheadBytes = 0;
        isAheadWhole = isRequestComplete && isAheadWhole && bodyBytes == 0;
    }

    private UpstreamConnection connected() {
        UpstreamConnection open = upstream;
        if (open == null) {
            throw new IllegalStateException("no upstream connection in state " + state);
        }
        return open;
    }

    private Replica held() {
        Replica mine = replica;
        if (mine == null) {
            throw new IllegalStateException("no slot in state " + state);
        }
        return mine;
    }
}
