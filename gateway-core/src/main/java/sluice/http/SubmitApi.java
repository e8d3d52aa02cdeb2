package sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.FastThreadLocal;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.AccessGate;
import sluice.core.CallIds;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.Identity;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.OwnUrl;
import sluice.core.calls.Submission;

/**
 * Takes a call, has it kept, and answers 202 once it is; or with the function's own answer to those who prefer to wait
 * and need not do so for too long. Nothing is refused after the journal was asked but by the journal or for the body.
 */
final class SubmitApi {
    private static final long MOST_REPEATED_BYTES = 1L << 20;
    private static final String HOPS = "X-Sluice-Hops";
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

    private final CallJournal journal;
    private final Functions functions;
    private final AccessCheck access;
    private final AsyncConfig config;
    private final CallbackPolicy callbacks;
    private final CallAnswers answers;
    private final CallWaits waits;
    private final KeptHeaders kept;
    private final String defaultNamespace;
    private final FastThreadLocal<CallIds> ids;

    SubmitApi(
            AsyncCalls calls,
            Functions functions,
            AccessGate gate,
            AccessCheck access,
            CallAnswers answers,
            CallWaits waits,
            String defaultNamespace) {
        this.journal = calls.journal();
        this.functions = functions;
        this.access = access;
        this.config = calls.config();
        this.callbacks = calls.callbacks();
        this.answers = answers;
        this.waits = waits;
        this.kept = new KeptHeaders(gate, config.trustedProxies());
        this.defaultNamespace = defaultNamespace;
        byte[] key = CallIds.newKey();
        AtomicInteger threads = new AtomicInteger();
        this.ids = new FastThreadLocal<>() {
            @Override
            protected CallIds initialValue() {
                return CallIds.of(key, threads.getAndIncrement());
            }
        };
        var unused = CallIds.of(key, 0); // loads the cipher's classes here rather than on an event loop
    }

    /** Completes empty when the client leaves before its body was complete; then nothing is kept. */
    Mono<Answer> submit(AsyncTarget.Named target, HttpServerRequest request, Preferences preferences) {
        FunctionName function = function(target.name());
        Guard guard = guardOf(function);
        return guard == Guard.NONE
                ? submit(function, null, target, request, preferences)
                : access.admit(request, function, guard)
                        .flatMap(decision -> decision instanceof AccessGate.Decision.Allow allow
                                ? submit(function, allow.identity(), target, request, preferences)
                                : refused((AccessGate.Decision.Deny) decision, function, request));
    }

    private Guard guardOf(FunctionName function) {
        FunctionStatus status = functions.find(function);
        return status == null ? Guard.NONE : Guard.of(status.deployment());
    }

    /** Who must not know that the function exists is told what is told of any that does not. */
    private static Mono<Answer> refused(
            AccessGate.Decision.Deny denial, FunctionName function, HttpServerRequest request) {
        return denial.reason().failure() == Failure.UNKNOWN_FUNCTION
                ? Mono.error(unknown(function.qualified()))
                : Mono.just(ErrorResponses.of(denial, request.requestHeaders()));
    }

    private Mono<Answer> submit(
            FunctionName function,
            @Nullable Identity admitted,
            AsyncTarget.Named target,
            HttpServerRequest request,
            Preferences preferences) {
        Instant now = Instant.now();
        Submission call = submission(function, admitted, target, request, preferences, now);
        if (call.contentLength() > config.maxBodyBytes()) {
            throw UploadGuard.tooLarge(config);
        }
        return journal.submit(call, body(call, request))
                .publishOn(loopOf(request))
                .flatMap(
                        outcome -> answered(outcome, preferences, call.headers().get("x-start-time", "")))
                .onErrorResume(AbortedException.class, e -> Mono.empty());
    }

    private Submission submission(
            FunctionName function,
            @Nullable Identity admitted,
            AsyncTarget.Named target,
            HttpServerRequest request,
            Preferences preferences,
            Instant now) {
        HttpHeaders headers = request.requestHeaders();
        refuseLoops(headers);
        String chosen = SubmitFields.callId(headers);
        URI callback = SubmitFields.callback(headers, callbacks);
        refuseGuarded(callback);
        Instant notBefore = SubmitFields.notBefore(headers, now);
        String key = SubmitFields.idempotencyKey(headers);
        String host = target.authority().isEmpty() ? headers.get(HttpHeaderNames.HOST, "") : target.authority();
        InetSocketAddress peer = Objects.requireNonNull(request.remoteAddress());
        String start = Long.toString(now.getEpochSecond() * 1_000_000_000L + now.getNano());
        HttpHeaders keptHeaders = kept.of(headers, peer, host, start, preferences.others());
        Guard guard = guardOf(function);
        if (guard.asksForToken()) {
            keptHeaders.remove(HttpHeaderNames.AUTHORIZATION); // it has been checked, and is no business of the journal
        }
        if (guard.isPrivate()) {
            kept.dropPrivateTokens(keptHeaders, function.namespace());
        }
        return new Submission(
                function,
                target.name(),
                chosen == null ? ids.get().next() : chosen,
                chosen != null,
                request.method().name(),
                target.rest(),
                keptHeaders,
                host,
                length(headers),
                callback,
                key,
                key == null ? "" : caller(headers, admitted),
                notBefore,
                SubmitFields.maxAge(headers, notBefore, now, config.maxAge()),
                SubmitFields.labels(headers),
                admitted);
    }

    /** A callback has no token, so one to a function that asks for it could never arrive. */
    private void refuseGuarded(@Nullable URI callback) {
        if (callback != null && callbacks.isOwn(callback)) {
            OwnUrl.of(callback)
                    .map(url -> FunctionName.parse(url.name(), defaultNamespace))
                    .ifPresent(receiver -> {
                        FunctionStatus status = functions.find(receiver);
                        if (status != null && Guard.of(status.deployment()) != Guard.NONE) {
                            throw SubmitFields.invalid(
                                    "X-Callback-Url", "names a function that asks for a token, which no callback has");
                        }
                    });
        }
    }

    private FunctionName function(String text) {
        int dot = text.lastIndexOf('.');
        String name = dot < 0 ? text : text.substring(0, dot);
        String namespace = dot < 0 ? defaultNamespace : text.substring(dot + 1);
        if (FunctionName.isLabel(name) && FunctionName.isLabel(namespace)) {
            FunctionName function = new FunctionName(name, namespace);
            if (functions.find(function) != null) {
                return function;
            }
        }
        throw unknown(name + "." + namespace);
    }

    private static FailureException unknown(String qualified) {
        return Failure.UNKNOWN_FUNCTION.in(
                Component.GATEWAY,
                "error finding function " + sluice.core.Text.printable(qualified) + ": no such function");
    }

    private void refuseLoops(HttpHeaders headers) {
        String hops = headers.get(HOPS);
        if (hops != null && hops.matches("[0-9]{1,9}") && Integer.parseInt(hops) >= config.maxHops()) {
            throw Failure.LOOP_DETECTED.in(
                    Component.GATEWAY, "the call has passed " + hops + " gateways (SLUICE_MAX_HOPS)");
        }
    }

    /**
     * The thread of the request's connection. Journals signal elsewhere, many calls at a time; an answer that is made and
     * written here costs one task, and one wake-up for all that come together.
     */
    private static Scheduler loopOf(HttpServerRequest request) {
        Scheduler[] loop = new Scheduler[1];
        request.withConnection(connection ->
                loop[0] = Schedulers.fromExecutor(connection.channel().eventLoop()));
        return loop[0];
    }

    private Flux<ByteBuf> body(Submission call, HttpServerRequest request) {
        if (call.contentLength() == 0) {
            return Flux.empty();
        }
        return Flux.defer(() -> {
            Flux<ByteBuf>[] guarded = newArray();
            request.withConnection(connection -> guarded[0] = new UploadGuard(
                    request.receive().retain(), connection.channel().eventLoop(), config));
            return guarded[0];
        });
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static Flux<ByteBuf>[] newArray() {
        return new Flux[1];
    }

    private Mono<Answer> answered(CallJournal.Submitted outcome, Preferences preferences, String start) {
        if (outcome instanceof CallJournal.Submitted.Accepted accepted) {
            Answer kept = answers.accepted(accepted.callId(), start, preferences);
            return preferences.waitSeconds() <= 0
                    ? Mono.just(kept)
                    : inTime(accepted.rid(), preferences, start).defaultIfEmpty(kept);
        }
        CallRecord first = ((CallJournal.Submitted.Repeated) outcome).first();
        Answer known = answers.accepted(first.callId(), start, preferences);
        return preferences.waitSeconds() < 0
                ? repeated(first, known).defaultIfEmpty(known)
                : inTime(first.rid(), preferences, start).defaultIfEmpty(known);
    }

    /** The function's answer, if there is one in time. */
    private Mono<Answer> inTime(String rid, Preferences preferences, String start) {
        return waits.until(rid, Duration.ofSeconds(preferences.waitSeconds()))
                .filter(record -> record.state().isEnded() && record.hasResult())
                .flatMap(record -> journal.result(rid, 0, Long.MAX_VALUE))
                .map(result -> answers.inline(result, start, preferences));
    }

    /** The first answer again, and with it the result, if it is known by now and small. */
    private Mono<Answer> repeated(CallRecord first, Answer known) {
        if (!first.state().isEnded() || !first.hasResult()) {
            return Mono.empty();
        }
        return journal.result(first.rid(), 0, Long.MAX_VALUE)
                .filter(result -> result.length() <= MOST_REPEATED_BYTES)
                .map(result -> answers.repeated(result, known));
    }

    private static long length(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return -1;
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (length == null) {
            return 0;
        }
        if (!LENGTH.matcher(length).matches()) {
            throw SubmitFields.invalid("Content-Length", "must be one decimal number below 10^18");
        }
        return Long.parseLong(length);
    }

    /**
     * Within which idempotency keys are unique: for whom was admitted it is that somebody, whose tokens change. Functions
     * check credentials of their own, so two clients with different ones never share a key, and neither can read the
     * other's result by guessing it.
     */
    private static String caller(HttpHeaders headers, @Nullable Identity admitted) {
        List<String> credentials = admitted == null
                ? headers.getAll(HttpHeaderNames.AUTHORIZATION)
                : List.of("admitted", admitted.issuer(), admitted.subject());
        if (credentials.isEmpty()) {
            return "";
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            credentials.forEach(each -> {
                digest.update(each.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
