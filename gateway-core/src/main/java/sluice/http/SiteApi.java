package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.Component;
import sluice.core.Failure;

/** Files that come with the gateway: the console under {@code /ui/} and the description of the API. */
final class SiteApi {
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json",
            "yaml", "application/yaml",
            "svg", "image/svg+xml",
            "png", "image/png",
            "ico", "image/x-icon",
            "woff2", "font/woff2");

    private final Map<String, byte[]> read = new ConcurrentHashMap<>(); // as large as what the jar holds

    Mono<Answer> home(ApiCall call) {
        return Mono.just(Answer.empty(307).with(HttpHeaderNames.LOCATION, "/ui/"));
    }

    Mono<Answer> console(ApiCall call) {
        return file("/sluice/ui/" + (call.name().isEmpty() ? "index.html" : call.name()));
    }

    Mono<Answer> description(ApiCall call) {
        return file("/sluice/openapi.yaml");
    }

    private Mono<Answer> file(String path) {
        String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
        if (type == null) {
            return Mono.error(Failure.NOT_FOUND.in(Component.GATEWAY, "404 page not found"));
        }
        return bytes(path)
                .map(bytes -> Answer.of(200, type, bytes)
                        .with(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                        .with("X-Content-Type-Options", "nosniff")
                        .with("X-Frame-Options", "DENY"));
    }

    private Mono<byte[]> bytes(String path) {
        byte[] known = read.get(path);
        return known != null
                ? Mono.just(known)
                : Mono.fromCallable(() -> load(path)).subscribeOn(Schedulers.boundedElastic());
    }

    private byte[] load(String path) throws IOException {
        try (InputStream in = SiteApi.class.getResourceAsStream(path)) {
            if (in == null) {
                throw Failure.NOT_FOUND.in(Component.GATEWAY, "404 page not found");
            }
            byte[] bytes = in.readAllBytes();
            read.put(path, bytes);
            return bytes;
        }
    }
}
