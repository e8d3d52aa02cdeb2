package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import reactor.core.publisher.Flux;
import sluice.queue.DueCallback;

/**
 * A callback that is ready to be sent.
 *
 * @param fields all of them but Host
 * @param body cold, to be read once
 */
record Delivery(DueCallback callback, HttpHeaders fields, long length, Flux<ByteBuf> body) {
    URI url() {
        return callback.url();
    }

    @Override
    public String toString() {
        return callback.toString(); // fields may hold a password
    }
}
