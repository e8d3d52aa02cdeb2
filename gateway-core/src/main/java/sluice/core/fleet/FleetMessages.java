package sluice.core.fleet;

import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Mono;

/** What every {@link Fleet} demands of names and messages. */
public final class FleetMessages {
    /** Who is slow misses the oldest. */
    public static final BufferOverflowStrategy OLDEST_FIRST = BufferOverflowStrategy.DROP_OLDEST;

    private static final Logger log = LoggerFactory.getLogger(FleetMessages.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9-]{1,100}");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
    private static final int MAX_KEY = 200;

    private FleetMessages() {}

    /** Of topics, leases and maps. */
    public static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a name must be 1 to 100 letters, digits or dashes");
        }
    }

    /** Of what a map holds. */
    public static void requireKey(String key) {
        if (key.length() > MAX_KEY || !KEY.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "a key must be 1 to 200 letters, digits, dashes, underscores or dots between them");
        }
    }

    /** Of what is said to all. */
    public static void requireSmall(byte[] message) {
        if (message.length > Fleet.MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException("a message must not be above " + Fleet.MAX_MESSAGE_BYTES + " bytes");
        }
    }

    /** The answer, or none when the answerer fails. */
    public static Mono<byte[]> answer(Function<byte[], Mono<byte[]>> answerer, byte[] question) {
        return Mono.defer(() -> answerer.apply(question)).onErrorResume(e -> {
            log.debug("a question of the fleet stays without our answer", e);
            return Mono.empty();
        });
    }
}
