package sluice.queue.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sluice.core.Identity;

/**
 * A request's fields and who was admitted with it, as bytes: those of {@link HeaderBytes}, where the identity stands under
 * a name that no field can have.
 *
 * @param admitted null when nobody was asked
 */
public record KeptHead(HttpHeaders headers, @Nullable Identity admitted) {
    private static final String NAME = ":admitted";
    private static final int WORDS = 6;

    /** For the journal. */
    public byte[] bytes() {
        byte[] fields = HeaderBytes.of(headers);
        if (admitted == null) {
            return fields;
        }
        byte[] who = HeaderBytes.of(NAME, text(admitted));
        byte[] all = Arrays.copyOf(fields, fields.length + who.length);
        System.arraycopy(who, 0, all, fields.length, who.length);
        return all;
    }

    /**
     * What {@link #bytes} gave.
     *
     * @throws IllegalArgumentException when they are no such bytes
     */
    public static KeptHead parse(byte[] bytes) {
        HttpHeaders headers = HeaderBytes.parse(bytes);
        String who = headers.get(NAME);
        headers.remove(NAME);
        return new KeptHead(headers, who == null ? null : identity(who));
    }

    private static String text(Identity who) {
        Instant expires = who.expires();
        return Stream.of(
                        who.mechanism(),
                        who.subject(),
                        who.issuer(),
                        who.originalIssuer(),
                        who.tokenId(),
                        expires == null ? "" : Long.toString(expires.getEpochSecond()))
                .map(word -> URLEncoder.encode(word, UTF_8))
                .collect(Collectors.joining(" "));
    }

    private static Identity identity(String text) {
        List<String> words = Stream.of(text.split(" ", -1))
                .map(word -> URLDecoder.decode(word, UTF_8))
                .toList();
        if (words.size() != WORDS) {
            throw new IllegalArgumentException("no identity");
        }
        String expires = words.get(WORDS - 1);
        return new Identity(
                words.get(0),
                words.get(1),
                words.get(2),
                words.get(3),
                words.get(4),
                expires.isEmpty() ? null : Instant.ofEpochSecond(Long.parseLong(expires)));
    }
}
