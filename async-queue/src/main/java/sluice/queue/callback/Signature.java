package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Signature fields of the Standard Webhooks scheme (version 1.0): HMAC-SHA256 over {@code ID.TIMESTAMP.BODY}, one for
 * each secret, so that receivers who know either the old or the new one can check.
 */
final class Signature {
    static final List<String> FIELDS = List.of("webhook-id", "webhook-timestamp", "webhook-signature");

    private Signature() {}

    /**
     * Computes the fields in one pass over {@code body}, whose buffers are released here.
     *
     * @param seconds since 1970
     */
    static Mono<HttpHeaders> sign(
            HttpHeaders headers, List<SigningKey> keys, String id, long seconds, Flux<ByteBuf> body) {
        return Mono.defer(() -> {
            List<Mac> macs = keys.stream().map(SigningKey::mac).toList();
            byte[] prefix = (id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8);
            macs.forEach(mac -> mac.update(prefix));
            return body.doOnNext(data -> take(macs, data))
                    .then(Mono.fromSupplier(() -> headers.set("webhook-id", id)
                            .set("webhook-timestamp", Long.toString(seconds))
                            .set("webhook-signature", text(macs))));
        });
    }

    private static void take(List<Mac> macs, ByteBuf data) {
        try {
            macs.forEach(mac -> mac.update(data.nioBuffer()));
        } finally {
            data.release();
        }
    }

    private static String text(List<Mac> macs) {
        return macs.stream()
                .map(mac -> "v1," + Base64.getEncoder().encodeToString(mac.doFinal()))
                .collect(Collectors.joining(" "));
    }
}
