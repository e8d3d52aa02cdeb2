package sluice.invoker;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;

/**
 * The function's side of one call: a slot of a replica, and a connection to it. Decides what happens when they fail
 * (reliability rule 3.1): a call of which nothing was written goes to another replica; one that was written to a
 * connection that had gone stale is sent once more, if its method is safe to repeat and all of it is still here.
 *
 * <p>Confined to the loop of its call. Whoever owns a slot gives it back exactly once, by {@link #release}.
 */
final class Upstream {
    private static final int MOST_REPLICAS = 3;

    private final Exchange call;
    private final boolean mayRepeat;

    private @Nullable Replica replica;
    private @Nullable UpstreamConnection connection;
    private List<Replica> unreached = List.of();
    private boolean hasRepeated;

    /** @param head of the request */
    Upstream(Exchange call, Head head) {
        this.call = call;
        this.mayRepeat = Head.isMethod(head, "GET")
                || Head.isMethod(head, "HEAD")
                || Head.isMethod(head, "PUT")
                || Head.isMethod(head, "DELETE")
                || Head.isMethod(head, "OPTIONS");
    }

    /** A slot of {@code granted} is the call's, for later. */
    void take(Replica granted) {
        replica = granted;
    }

    /** Whose slot the call has, or null. */
    @Nullable Replica slot() {
        return replica;
    }

    /** The connection the call has, or null. */
    @Nullable UpstreamConnection connection() {
        return connection;
    }

    // ---- the way there ---------------------------------------------------------------------------------------------

    /** Finds a connection to {@code chosen}, of which the call has a slot now. */
    void connect(Replica chosen) {
        replica = chosen;
        chosen.pools.of(call.loop).acquire(this);
    }

    /** A connection is the call's; false when the call is over and has no use for it. */
    boolean connected(UpstreamConnection to) {
        if (!call.isConnecting()) {
            return false;
        }
        connection = to;
        call.connected(to, held().authority);
        return true;
    }

    /** No connection to the chosen replica could be made; nothing of the call was written (rule 3.1 a). */
    void dialFailed(Throwable cause) {
        call.relay.counters().dialFailed(cause);
        if (!call.isConnecting()) {
            return;
        }
        Replica failed = held();
        call.route.upstreamFailed(failed, call.loop.now());
        unreached = new ArrayList<>(unreached);
        unreached.add(failed);
        if (unreached.size() < MOST_REPLICAS && call.route.hasOtherThan(unreached)) {
            Replica other = call.route.tryAcquire(call.loop.ids.randomInt(), unreached);
            if (other != null) {
                call.relay.counters().retriesOfDials.increment();
                replica = null;
                call.route.release(failed);
                call.connect(other);
                return;
            }
        }
        call.fail(unreachable());
    }

    /** The call waits for no connection any more. */
    void cancel() {
        held().pools.of(call.loop).cancel(this);
    }

    // ---- while it lasts --------------------------------------------------------------------------------------------

    /** An answer has begun: the replica is well. */
    void answered() {
        held().succeeded();
    }

    /**
     * The connection ended before the answer was complete.
     *
     * @param isStale whether it had served a call before and not one byte of an answer to this one came
     */
    void closed(boolean isStale) {
        if (call.isTunnel()) {
            call.abort();
            return;
        }
        if (!call.isRelaying()) {
            return;
        }
        connection = null;
        if (call.answer.hasBegun()) {
            call.relay.counters().abortedAnswers.increment();
            call.abort();
        } else if (isStale && mayRepeat && !hasRepeated && call.isRequestWhole() && call.relay.mayRetry()) {
            hasRepeated = true;
            call.relay.counters().retriesOfStale.increment();
            call.connectAgain();
            held().pools.of(call.loop).dialFor(this);
        } else {
            call.relay.counters().endedBeforeAnswer.increment();
            if (!isStale) {
                call.route.upstreamFailed(held(), call.loop.now());
            }
            call.fail(unreachable());
        }
    }

    private Refusal unreachable() {
        return Refusal.of(502, Component.INVOKER, "Can't reach service for: " + call.route.name.name() + ".");
    }

    // ---- ends ------------------------------------------------------------------------------------------------------

    /** The connection has served the call, and is back in its pool or closed. */
    void leave() {
        connection = null;
    }

    /** Closes the connection, if there is one: half a request or half an answer is in it. */
    void close() {
        UpstreamConnection open = connection;
        if (open != null) {
            connection = null;
            open.abort();
        }
    }

    /** As {@link #close}, but once what the client has said in a tunnel has left. */
    void closeAfterWrites() {
        UpstreamConnection open = connection;
        if (open != null) {
            connection = null;
            open.closeAfterWrites();
        }
    }

    /** The call is over: gives back whatever there is. */
    void release() {
        close();
        Replica mine = replica;
        if (mine != null) {
            replica = null;
            call.route.release(mine);
        }
        if (hasRepeated) {
            hasRepeated = false;
            call.relay.retryEnded();
        }
    }

    private Replica held() {
        Replica mine = replica;
        if (mine == null) {
            throw new IllegalStateException("no slot");
        }
        return mine;
    }
}
