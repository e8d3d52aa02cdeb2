package sluice.access.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * One attempt to read an issuer's keys: discovery document, then key set (OpenID Connect Discovery 1.0, 4). Follows no
 * redirect, keeps no connection, takes at most 10 s and a mebibyte each. Does not block; reads what came on the scheduler.
 */
final class KeyFetch {
    private static final int MOST_BYTES = 1 << 20;
    private static final int CONNECT_MILLIS = 2_000;
    private static final Pattern MAX_AGE = Pattern.compile("(?:^|[ ,])max-age=([0-9]{1,9})(?:$|[ ,])");

    private final String issuer;
    private final KeyLocation location;
    private final Scheduler scheduler;
    private final Duration patience;
    private final HttpClient client;

    KeyFetch(
            String issuer,
            @Nullable String internal,
            @Nullable SslContext tls,
            Scheduler scheduler,
            Duration patience) {
        this.issuer = issuer;
        this.location = new KeyLocation(issuer, internal);
        this.scheduler = scheduler;
        this.patience = patience;
        HttpClient bare = HttpClient.create(ConnectionProvider.newConnection())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .resolvedAddressesSelector((config, found) -> allowed(found))
                .followRedirect(false)
                .disableRetry(true);
        this.client = tls == null ? bare : bare.secure(spec -> spec.sslContext(tls));
    }

    /**
     * What was found.
     *
     * @param maxAge how long the issuer wants it kept, or null
     */
    record Found(KeySet keys, @Nullable Duration maxAge) {}

    /** Tries once; fails with {@link KeysUnavailable} only. */
    Mono<Found> attempt() {
        return Mono.defer(() -> get(uri(location::discovery)))
                .map(this::keysAddress)
                .flatMap(this::get)
                .map(KeyFetch::found)
                .timeout(patience)
                .onErrorMap(e -> Problem.of(issuer, e));
    }

    private record Document(
            ByteArrayOutputStream body, @Nullable String cacheControl) {}

    private interface Located {
        URI uri() throws KeysUnavailable;
    }

    /** Carries a checked problem through operators. */
    private static final class Problem extends RuntimeException {
        private static final long serialVersionUID = 1;

        Problem(String message) {
            super(message, null, false, false);
        }

        static KeysUnavailable of(String issuer, Throwable error) {
            String what = error instanceof Problem problem
                    ? String.valueOf(problem.getMessage())
                    : error.getClass().getSimpleName();
            return new KeysUnavailable("keys of " + issuer + ": " + what);
        }
    }

    private static URI uri(Located located) {
        try {
            return located.uri();
        } catch (KeysUnavailable e) {
            throw new Problem(String.valueOf(e.getMessage()));
        }
    }

    private Mono<Document> get(URI uri) {
        return client.headers(headers -> headers.set(HttpHeaderNames.ACCEPT, "application/json"))
                .get()
                .uri(uri)
                .responseConnection((response, connection) ->
                        body(response, connection.inbound().receive()).doFinally(end -> connection.dispose()))
                .next()
                .publishOn(scheduler);
    }

    private static Mono<Document> body(HttpClientResponse response, ByteBufFlux content) {
        if (response.status().code() != 200) {
            return Mono.error(new Problem("status " + response.status().code()));
        }
        return content.asByteArray()
                .scanWith(ByteArrayOutputStream::new, KeyFetch::append)
                .last()
                .map(all -> new Document(all, response.responseHeaders().get(HttpHeaderNames.CACHE_CONTROL)));
    }

    private static ByteArrayOutputStream append(ByteArrayOutputStream so, byte[] part) {
        if (so.size() + part.length > MOST_BYTES) {
            throw new Problem("more than " + MOST_BYTES + " bytes");
        }
        so.writeBytes(part);
        return so;
    }

    private URI keysAddress(Document discovery) {
        ObjectNode document = TokenJson.document(discovery.body().toByteArray());
        if (document == null) {
            throw new Problem("the discovery document is no JSON object");
        }
        if (!issuer.equals(document.path("issuer").textValue())) {
            throw new Problem("the discovery document is of another issuer");
        }
        String named = document.path("jwks_uri").textValue();
        if (named == null) {
            throw new Problem("the discovery document names no jwks_uri");
        }
        return uri(() -> location.keys(named));
    }

    private static Found found(Document document) {
        KeySet keys = KeySet.parse(document.body().toByteArray());
        if (keys == null) {
            throw new Problem("no key set, or one of more than " + KeySet.MOST_KEYS + " keys");
        }
        if (keys.size() == 0) {
            throw new Problem("no key in the key set can be used");
        }
        Matcher maxAge = MAX_AGE.matcher(document.cacheControl() == null ? "" : document.cacheControl());
        return new Found(keys, maxAge.find() ? Duration.ofSeconds(Long.parseLong(maxAge.group(1))) : null);
    }

    private static List<? extends SocketAddress> allowed(List<? extends SocketAddress> found) {
        return found.stream()
                .filter(each -> !(each instanceof InetSocketAddress inet)
                        || inet.getAddress() == null
                        || !KeyLocation.isForbidden(inet.getAddress()))
                .toList();
    }
}
