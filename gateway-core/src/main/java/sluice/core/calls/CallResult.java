package sluice.core.calls;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import reactor.core.publisher.Flux;

/**
 * The function's final answer, as kept.
 *
 * @param status the function's
 * @param headers the function's, without framing and hop-by-hop fields
 * @param length bytes of the whole body
 * @param body the part that was asked for; cold, honours demand, the subscriber releases each buffer
 */
public record CallResult(CallRecord record, int status, HttpHeaders headers, long length, Flux<ByteBuf> body) {}
