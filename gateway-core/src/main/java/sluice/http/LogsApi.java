package sluice.http;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.LogLine;
import sluice.core.LogQuery;

/** {@code /system/logs}: one JSON object a line, each as soon as it is written. */
final class LogsApi {
    private static final Duration DEFAULT_SINCE = Duration.ofMinutes(5);

    private final FunctionProvider provider;

    LogsApi(FunctionProvider provider) {
        this.provider = provider;
    }

    Mono<Answer> read(ApiCall call) {
        LogQuery query = query(call);
        return provider.describe(query.function(), false) // a stream that has begun can be no 404 any more
                .map(known -> Answer.stream("application/x-ndjson", lines(query)));
    }

    @JsonPropertyOrder({"name", "namespace", "instance", "timestamp", "text"})
    record LineBody(String name, String namespace, String instance, String timestamp, String text) {
        static LineBody of(LogLine line) {
            return new LineBody(
                    line.name(),
                    line.namespace(),
                    line.instance(),
                    line.timestamp().toString(),
                    line.text());
        }
    }

    private Flux<byte[]> lines(LogQuery query) {
        return provider.logs(query)
                .onErrorResume(FailureException.class, e -> Mono.just(lastWords(query.function(), e)))
                .map(line -> NdJson.line(LineBody.of(line)));
    }

    /** Tells a reader why there is no more; the status has long been sent. */
    private static LogLine lastWords(FunctionName function, FailureException e) {
        return new LogLine(function.name(), function.namespace(), "", Instant.now(), "log ended: " + e.text());
    }

    private static LogQuery query(ApiCall call) {
        String name = call.query().text("name");
        if (name.isEmpty()) {
            throw Failure.INVALID_REQUEST.in(Component.GATEWAY, "validation failed: name: is required");
        }
        Long tail = call.query().number("tail");
        int lines = tail == null ? 0 : (int) Math.max(0, Math.min(tail, Integer.MAX_VALUE));
        String instance = call.query().text("instance");
        return new LogQuery(
                call.named(name).function(),
                instance.isEmpty() ? null : instance,
                lines,
                since(call.query().text("since"), lines),
                call.query().flag("follow"));
    }

    /** Without a bound of either kind, the last five minutes. */
    private static @Nullable Instant since(String text, int tail) {
        if (text.isEmpty()) {
            return tail > 0 ? null : Instant.now().minus(DEFAULT_SINCE);
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw Query.invalid("since", text, "must be a time as in RFC 3339");
        }
    }
}
