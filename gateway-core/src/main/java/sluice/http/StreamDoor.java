package sluice.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import sluice.core.DataPlane;

/**
 * Sends each request that Reactor Netty has decoded to its plane: a call of a function on an HTTP/2 stream is handed to
 * the data plane, everything else to the control plane. Calls on HTTP/1 never come this far; the data plane took them
 * byte by byte.
 */
final class StreamDoor {
    private static final HttpHeadersFactory UNCHECKED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false); // the HTTP/2 codec has checked them

    private final DataPlane dataPlane;
    private final ControlPlane controlPlane;
    private final HttpConfig config;
    private final boolean isForCallers;

    /** @param isForCallers whether nothing of the control plane is here but what callers of functions need */
    StreamDoor(DataPlane dataPlane, ControlPlane controlPlane, HttpConfig config, boolean isForCallers) {
        this.dataPlane = dataPlane;
        this.controlPlane = controlPlane;
        this.config = config;
        this.isForCallers = isForCallers;
    }

    Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        if (request instanceof Connection connection
                && connection.channel() instanceof Http2StreamChannel stream
                && dataPlane.takes(request.uri(), request.requestHeaders())) {
            open(request, stream);
            return Mono.never(); // the data plane answers; the stream's end cancels this
        }
        return controlPlane.answer(request, response, config, isForCallers);
    }

    private void open(HttpServerRequest request, Http2StreamChannel stream) {
        boolean isComplete = stream.stream().state() == Http2Stream.State.HALF_CLOSED_REMOTE;
        String method = request.method().name();
        dataPlane.open(stream, method, request.uri(), fields(request), isComplete, ClientFacts.of(request));
    }

    /** The fields as the client sent them, without those that the translation to HTTP/1 objects has added. */
    private static HttpHeaders fields(HttpServerRequest request) {
        HttpHeaders fields = UNCHECKED.newHeaders().set(request.requestHeaders());
        for (ExtensionHeaderNames added : ExtensionHeaderNames.values()) {
            fields.remove(added.text());
        }
        return fields.remove(HttpHeaderNames.TRANSFER_ENCODING);
    }
}
