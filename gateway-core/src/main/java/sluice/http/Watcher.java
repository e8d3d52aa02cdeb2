package sluice.http;

import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.concurrent.Queues;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.watch.WatchedFunction;

/**
 * One who follows functions: what was there when they came, then a bounded queue of what happens. The {@link FunctionHistory}
 * fills it under its lock; whoever lies too far behind is ended at once, whatever still waits for them.
 */
final class Watcher {
    private final Selection selection;
    private final WatchForm form;
    private final int queue;
    private final Sinks.Many<byte[]> waiting;
    private final Sinks.Empty<Void> cut = Sinks.empty();
    private Flux<byte[]> first = Flux.empty();
    private volatile Reason reason = Reason.LEFT;

    /** Why a watch has ended. */
    enum Reason {
        /** Whoever read it is gone, or the gateway stops. */
        LEFT,
        TIMEOUT,
        SLOW,
        EXPIRED,
        DENIED
    }

    Watcher(Selection selection, WatchForm form, int queue) {
        this.selection = selection;
        this.form = form;
        this.queue = queue;
        this.waiting = Sinks.many()
                .unicast()
                .onBackpressureBuffer(Queues.<byte[]>get(queue).get());
    }

    Selection selection() {
        return selection;
    }

    Reason reason() {
        return reason;
    }

    void endedFor(Reason why) {
        reason = why;
    }

    /** Begins with what is there; encoded only as it is read, and not by who reads. */
    void startWith(List<WatchedFunction> functions) {
        first = Flux.fromIterable(functions)
                .map(function -> WatchForm.line("ADDED", form.object(function)))
                .subscribeOn(Schedulers.boundedElastic());
    }

    /** Begins with what has happened. */
    void startWithEvents(List<WatchEvent> events) {
        first = Flux.fromIterable(events).mapNotNull(event -> event.line(selection, form));
    }

    /** Is told that its version is not remembered, and nothing else. */
    void startTooLate(String message) {
        reason = Reason.EXPIRED;
        first = Flux.just(WatchForm.expired(message));
        complete();
    }

    /** Each part is one line; fails with {@link Failure#OVERLOADED} for one that lay too far behind. */
    Flux<byte[]> lines() {
        return Flux.concat(first, waiting.asFlux()).takeUntilOther(cut.asMono());
    }

    void tell(WatchEvent event) {
        byte[] line = event.line(selection, form);
        if (line != null) {
            tell(line);
        }
    }

    void bookmark(long version) {
        tell(WatchForm.line("BOOKMARK", form.bookmark(version)));
    }

    /** All that it was told is missing something now; it has to list again. */
    void expire(String message) {
        reason = Reason.EXPIRED;
        tell(WatchForm.expired(message));
        complete();
    }

    /** Its time is up: ends after what waits for it. */
    void complete() {
        waiting.tryEmitComplete();
    }

    /** Ends now. */
    void cut() {
        reason = Reason.SLOW;
        cut.tryEmitError(Failure.OVERLOADED.in(
                Component.GATEWAY, "the watch lay " + queue + " changes behind (SLUICE_WATCH_QUEUE)"));
    }

    private void tell(byte[] line) {
        if (waiting.tryEmitNext(line) == Sinks.EmitResult.FAIL_OVERFLOW) {
            cut();
        }
    }
}
