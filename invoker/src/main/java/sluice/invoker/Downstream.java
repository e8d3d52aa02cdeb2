package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one call, whatever protocol it speaks. Called by the {@link Exchange} on the event loop; tells it
 * in turn of body bytes, of the body's end, of room to write and of a client that left.
 */
interface Downstream {
    Channel channel();

    /** How large the client's reads are, or null where the protocol decides that itself. */
    @Nullable ReadSizer sizer();

    /** Invites the client to send the body it has announced. */
    void sendContinue();

    /**
     * Begins the answer with the head in the loop's scratch space.
     *
     * @param hasBody whether body bytes may follow
     */
    void answerHead(Head head, ResponseFacts facts, ForwardedHead request, boolean hasBody);

    /** Sends a part of the body; takes ownership. */
    void answerBody(ByteBuf data);

    /**
     * Ends the answer.
     *
     * @param trailers fields to send behind the body, or null
     */
    void answerEnd(@Nullable Head trailers);

    /** Answers in the gateway's own words; ends the answer. */
    void refuse(Refusal refusal, @Nullable ForwardedHead request);

    /** Answers 101 with the head in the loop's scratch space; from now on bytes pass as they are, both ways. */
    void switchProtocol(Head head, ForwardedHead request);

    void flush();

    /** Whether more may be written now; if not, {@link Answer#downstreamWritable} follows. */
    boolean isWritable();

    /** Bytes that wait for the client to take them. */
    long pendingBytes();

    /** Runs {@code then} once the client has taken what waits for it now, or is gone. */
    void whenTaken(Runnable then);

    void pauseReading();

    void resumeReading();

    /** The call is over; {@code isAborted} when its answer is incomplete and must look so (promise 3). */
    void ended(boolean isAborted);
}
