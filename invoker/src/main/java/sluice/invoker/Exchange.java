package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.AccessGate.Decision;

/**
 * One call, from its parsed head to the last byte of its answer: read ahead, wait for a slot, connect, relay, end. Here is
 * in which of these states it is, what that makes of an event, and how it ends; the work is done by its parts. The page
 * {@code docs/relay.md} has the whole picture of threads and owners.
 *
 * <ul>
 *   <li>{@link RequestBody}: from the client to the function; there is none where the request has none
 *   <li>{@link Answer}: from the function to the client
 *   <li>{@link Upstream}: the slot, the connection, and what is tried again
 *   <li>{@link HeldCall}: the wait for a slot, while there is one
 * </ul>
 *
 * <p><b>Thread.</b> Everything here runs on the event loop of the client's connection, and so do the upstream
 * connection and both bodies. Only a {@link Waiter} comes from other loops, and it hops to this one first.
 *
 * <p><b>Ownership.</b> The exchange owns {@link #request}, what was read of the body and not sent, and, once it has them,
 * one slot and one upstream connection. {@link #end} gives everything back, exactly once; after it every late event finds
 * {@link State#ENDED}, or no connection, and does nothing but release what it brought.
 *
 * <p><b>What may interleave.</b> The client may leave, and a deadline may pass, in every state. A slot may arrive after
 * the call has left: {@link HeldCall#granted} passes it on. A dial may succeed after the call has left: the pool keeps the
 * connection. The answer may be complete before the request is (row U10): then the upstream connection is closed, since
 * half a request is in it, and the client's side drains or closes.
 *
 * <p><b>Back-pressure.</b> Whoever writes checks {@code isWritable}; if not, flushes and checks again (the flush may have
 * drained everything, and then no event will follow), and only then stops the other side's reads.
 */
final class Exchange extends Timed {
    private static final int CLIENT_LEFT = 502; // what OpenFaaS counts for it

    private enum State {
        READING_AHEAD,
        WAITING,
        CONNECTING,
        RELAYING,
        TUNNEL,
        ENDED
    }

    final RelayContext relay;
    final LoopState loop;
    final Route route;
    final Downstream downstream;
    final ForwardedHead request;
    final Answer answer;
    final Upstream upstream;
    final boolean isHead;
    /** Whether the client has offered to change the protocol. */
    final boolean mayUpgrade;

    private State state = State.READING_AHEAD;
    private @Nullable RequestBody body;
    private @Nullable HeldCall held;
    private boolean isAskingWho;
    private boolean isReadAhead;
    private boolean isStarted;
    private long startNanos;

    /** A call whose head lies in the scratch space of {@code loop}; {@code request} is what will be forwarded. */
    Exchange(RelayContext relay, LoopState loop, Downstream downstream, Route route, ForwardedHead request) {
        RequestFacts facts = loop.facts;
        this.relay = relay;
        this.loop = loop;
        this.route = route;
        this.downstream = downstream;
        this.request = request;
        this.isHead = Head.isMethod(loop.head, "HEAD");
        this.mayUpgrade = facts.wantsUpgrade;
        this.answer = new Answer(this, facts.streams);
        this.upstream = new Upstream(this, loop.head);
        this.body = facts.hasBody() ? new RequestBody(this, facts) : null;
    }

    // ---- admission -------------------------------------------------------------------------------------------------

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
        RequestBody coming = body;
        if (coming == null || !coming.isShort()) {
            admit();
        } else {
            coming.watch();
        }
    }

    /** As {@link #start}, in a slot of {@code granted} that the call brings along. */
    void startIn(Replica granted) {
        upstream.take(granted);
        start();
    }

    private void admit() {
        isReadAhead = true;
        if (isAskingWho) {
            return;
        }
        Replica free = upstream.slot();
        if (free == null && route.waiting() == 0) {
            free = route.tryAcquire(loop.ids.randomInt(), List.of());
        }
        if (free != null) {
            connect(free);
        } else {
            hold();
        }
    }

    private void hold() {
        HeldCall waiting = new HeldCall(this);
        Refusal refusal = waiting.begin();
        if (refusal != null) {
            fail(refusal);
            return;
        }
        held = waiting;
        state = State.WAITING;
        arm(waiting.deadline());
    }

    // ---- the request's body, from the client -----------------------------------------------------------------------

    /** A part of the request's body, or bytes of a tunnel; takes ownership. */
    void requestBody(ByteBuf data) {
        RequestBody coming = body;
        UpstreamConnection to = upstream.connection();
        if (coming == null || state == State.ENDED) {
            data.release();
        } else if (to == null) {
            coming.keep(data);
        } else {
            if (state == State.TUNNEL) {
                answer.await();
            }
            coming.send(data, to);
        }
    }

    /** The request's body is complete. */
    void requestEnd(@Nullable Head trailers) {
        RequestBody coming = body;
        if (coming == null || state == State.ENDED) {
            return;
        }
        coming.end(trailers);
        if (state == State.READING_AHEAD) {
            admit();
        } else if (state == State.RELAYING) {
            answer.await();
        }
    }

    /** The client's bytes of this wake-up have all been told. */
    void requestReadComplete() {
        UpstreamConnection to = upstream.connection();
        if (to == null) {
            return;
        }
        to.flush();
        RequestBody coming = body;
        if (coming != null && to.isWritable()) {
            coming.keptUp();
        }
    }

    /** The request's body broke the rules of its framing (row F6). */
    void requestBroken() {
        upstream.close();
        if (answer.hasBegun()) {
            abort();
        } else {
            fail(Refusal.malformed("the chunked request body is malformed"));
        }
    }

    /** Whether all of the request has come; never of a tunnel. */
    boolean isRequestComplete() {
        RequestBody coming = body;
        return coming == null || coming.isComplete();
    }

    /** Whether all of the request has come and could be sent again. */
    boolean isRequestWhole() {
        RequestBody coming = body;
        return coming == null || coming.isWhole();
    }

    /** Nothing of the request will be sent again. */
    void releaseBody() {
        RequestBody coming = body;
        if (coming != null) {
            coming.release();
        }
    }

    // ---- the function's side ---------------------------------------------------------------------------------------

    /** A slot of {@code chosen} is this call's. */
    void connect(Replica chosen) {
        held = null;
        state = State.CONNECTING;
        if (!isStarted) {
            isStarted = true;
            startNanos = loop.now();
            route.calls.of(loop).started();
        }
        arm(loop.now() + answer.timeoutNanos());
        upstream.connect(chosen);
    }

    /** The connection was lost, and another one is dialled. */
    void connectAgain() {
        state = State.CONNECTING;
    }

    /** There is a connection: sends what there is of the request. */
    void connected(UpstreamConnection to, byte[] authority) {
        state = State.RELAYING;
        RequestBody coming = body;
        to.send(this, request.addressedTo(authority), coming);
        if (coming != null) {
            coming.sent();
        }
        if (isRequestComplete()) {
            answer.await();
        }
    }

    void upstreamWritable() {
        RequestBody coming = body;
        if (coming != null) {
            coming.upstreamWritable();
        }
    }

    /** The function agreed to change the protocol, in the head that lies in the loop's scratch space. */
    void switchProtocol(Head head) {
        state = State.TUNNEL;
        body = RequestBody.ofTunnel(this);
        answer.begin(head.status, true);
        downstream.switchProtocol(head, request);
        answer.await();
    }

    boolean isConnecting() {
        return state == State.CONNECTING;
    }

    boolean isRelaying() {
        return state == State.RELAYING;
    }

    boolean isTunnel() {
        return state == State.TUNNEL;
    }

    // ---- deadlines -------------------------------------------------------------------------------------------------

    void arm(long deadline) {
        loop.timer.arm(this, deadline);
    }

    @Override
    void expired(long now) {
        switch (state) {
            case READING_AHEAD -> checkBody(now);
            case WAITING -> checkWait(now);
            case CONNECTING -> fail(answer.timedOut("was not reached"));
            case RELAYING -> checkRelay(now);
            case TUNNEL -> checkTunnel(now);
            case ENDED -> {}
        }
    }

    private void checkWait(long now) {
        HeldCall waiting = held;
        if (waiting != null && now - waiting.deadline() >= 0) {
            fail(waiting.tooLong());
        } else if (waiting != null) {
            arm(waiting.deadline());
        }
    }

    private void checkBody(long now) {
        RequestBody coming = body;
        Refusal refusal = coming == null ? null : coming.check(now);
        if (refusal != null) {
            upstream.close();
            fail(refusal);
        }
    }

    private void checkRelay(long now) {
        RequestBody coming = body;
        if (coming == null || coming.isComplete()) {
            answer.check(now);
        } else if (answer.hasBegun() || answer.isPaused() || coming.isPaused()) {
            answer.check(now, coming.progress());
        } else {
            checkBody(now);
        }
    }

    private void checkTunnel(long now) {
        if (now - answer.due() >= 0) {
            abort();
        } else {
            arm(answer.due());
        }
    }

    // ---- ends ------------------------------------------------------------------------------------------------------

    /** The upstream connection is back in its pool or closed: the last step of a call that went well. */
    void finished() {
        upstream.leave();
        end(false, answer.code());
    }

    /** Ends the call in mid-air, because the client is gone (promise 5) or cannot get the rest of its answer. */
    void abort() {
        end(true, answer.hasBegun() ? answer.code() : CLIENT_LEFT);
    }

    /** Ends the call with an answer of the gateway's own. */
    void fail(Refusal refusal) {
        if (state == State.ENDED) {
            return;
        }
        downstream.refuse(refusal, request);
        end(false, refusal.status());
    }

    private void end(boolean isAborted, int status) {
        if (state == State.ENDED) {
            return;
        }
        State before = state;
        state = State.ENDED;
        loop.timer.disarm(this);
        HeldCall waiting = held;
        if (waiting != null) {
            held = null;
            waiting.leave();
        }
        closeWindows();
        if (before == State.CONNECTING) {
            upstream.cancel();
        } else if (before == State.TUNNEL) {
            upstream.closeAfterWrites();
        }
        upstream.release();
        if (isStarted) {
            route.calls.of(loop).completed(status, loop.now() - startNanos);
        }
        releaseBody();
        request.release();
        relay.callEnded();
        downstream.ended(isAborted);
    }

    /** Nothing more will be read: before another call may get the connection, at the latest. */
    void closeWindows() {
        RequestBody coming = body;
        if (coming != null) {
            coming.closeWindow();
        }
        answer.closeWindow();
    }
}
