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
    private static final int WORDS = 8;
    private static final int FORMER_WORDS = 6; // of an earlier release, which knew neither parent nor time

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
        return Stream.of(
                        who.mechanism(),
                        who.subject(),
                        who.issuer(),
                        who.originalIssuer(),
                        who.tokenId(),
                        seconds(who.expires()),
                        who.parentId(),
                        seconds(who.issued()))
                .map(word -> URLEncoder.encode(word, UTF_8))
                .collect(Collectors.joining(" "));
    }

    private static Identity identity(String text) {
        List<String> words = Stream.of(text.split(" ", -1))
                .map(word -> URLDecoder.decode(word, UTF_8))
                .toList();
        if (words.size() != WORDS && words.size() != FORMER_WORDS) {
            throw new IllegalArgumentException("no identity");
        }
        boolean isFormer = words.size() == FORMER_WORDS;
        return new Identity(
                words.get(0),
                words.get(1),
                words.get(2),
                words.get(3),
                words.get(4),
                isFormer ? "" : words.get(6),
                isFormer ? null : instant(words.get(7)),
                instant(words.get(5)));
    }

    private static String seconds(@Nullable Instant instant) {
        return instant == null ? "" : Long.toString(instant.getEpochSecond());
    }

    private static @Nullable Instant instant(String seconds) {
        return seconds.isEmpty() ? null : Instant.ofEpochSecond(Long.parseLong(seconds));
    }
}
