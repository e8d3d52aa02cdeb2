package sluice.core;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * Moves the bytes of calls between clients and replicas. Two doors, one walk: an HTTP/1 connection is installed once
 * and seen byte by byte; an HTTP/2 stream is taken over after its head was read.
 */
public interface DataPlane {
    /**
     * Sets a fresh connection up, whatever protocol it will turn out to speak. Called on the event loop, before the first
     * read: how large reads are cannot be said later, and the protocol is known only after it.
     */
    void prepare(Channel connection);

    /**
     * Takes its place in front of the HTTP/1 codec named {@code codec}. Called on the event loop, once per connection,
     * when the codec exists and before any byte has reached it.
     *
     * <p>Requests that do not name a function are passed down to the codec, strictly parsed but otherwise untouched,
     * one at a time: the next one waits until {@link Passage#answered} was called for it.
     *
     * @return what the caller must tell about requests that were passed down
     */
    Passage install(ChannelPipeline pipeline, String codec, ConnectionFacts facts);

    /**
     * Whether {@code target} (origin form, as sent) is a call of a function and so belongs to {@link #open}. A call whose
     * {@code Prefer} says {@code respond-async} does not: it is the control plane's to keep. {@link #install} decides
     * alike.
     */
    boolean takes(String target, HttpHeaders headers);

    /**
     * Takes over one HTTP/2 stream after its head was read. Called on the stream's event loop; from now on the data
     * plane alone reads and writes frames of {@code stream}, whose pipeline the caller leaves alone.
     *
     * @param headers without pseudo-fields; {@code host} holds the authority
     * @param isComplete whether the client has already ended its side
     */
    void open(
            Channel stream,
            String method,
            String target,
            HttpHeaders headers,
            boolean isComplete,
            ConnectionFacts facts);

    /**
     * Takes no new connection-long promises: answers carry {@code Connection: close}, idle connections close.
     * Completes when no call is left, or after {@code bound}, when the rest has been aborted.
     */
    Mono<Void> drain(Duration bound);

    /** What becomes of requests that the data plane passed down. Called on the connection's event loop. */
    interface Passage {
        /** The answer to the request that was passed down last has been written to its end. */
        void answered();

        /**
         * The answer to the request that was passed down last has switched to another protocol: from now on every byte of the
         * connection goes down as it comes.
         */
        default void switched() {}
    }
}
