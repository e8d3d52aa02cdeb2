package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallPage;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallState;
import sluice.core.fleet.Fleet;
import sluice.queue.Rid;
import sluice.queue.jetstream.WireQuery.What;
import sluice.queue.store.CallList;
import sluice.queue.store.CallRow;

/**
 * What concerns calls of all partitions: asked of every worker, each of which speaks for its own, and put together here.
 * A part of a fleet that does not answer in time is missing, and a list says so.
 */
final class Fleetwide implements Disposable {
    private static final String TOPIC = "calls";
    private static final Duration LISTED = Duration.ofSeconds(2);
    private static final Duration CHANGED = Duration.ofSeconds(60);
    private static final int SLICE = 500;
    private static final int MOST = 1_000;
    private static final int AT_ONCE = 64;

    private final Fleet fleet;
    private final JournalState journal;
    private final Partitions partitions;
    private final Disposable.Composite answering = Disposables.composite();

    Fleetwide(Fleet fleet, JournalState journal, Partitions partitions) {
        this.fleet = fleet;
        this.journal = journal;
        this.partitions = partitions;
    }

    void start() {
        answering.add(fleet.answer(TOPIC, this::answer));
    }

    private Mono<byte[]> answer(byte[] question) {
        return Mono.justOrEmpty(Kept.read(new String(question, UTF_8), WireQuery.class))
                .flatMap(this::own)
                .map(answer -> Kept.text(answer).getBytes(UTF_8));
    }

    Mono<CallPage> list(CallQuery query, @Nullable Rid before, int limit) {
        WireQuery asked = WireQuery.of(What.LIST, query, before, Math.max(1, Math.min(limit, MOST)));
        return all(asked, LISTED).map(answers -> merged(answers, asked.limit()));
    }

    /** The newest of all lists, down to where the first of them goes on. */
    private static CallPage merged(List<WorkerAnswer> answers, int limit) {
        Rid floor = null;
        List<Kept> calls = new ArrayList<>();
        Set<Integer> heard = new HashSet<>();
        for (WorkerAnswer answer : answers) {
            Rid next = Rid.parse(answer.next()).orElse(null);
            floor = next == null || (floor != null && floor.compareTo(next) >= 0) ? floor : next;
            calls.addAll(answer.calls());
            heard.addAll(answer.partitions());
        }
        Rid lowest = floor;
        calls.removeIf(kept -> lowest != null && kept.row().rid().compareTo(lowest) < 0);
        calls.sort(Comparator.comparing((Kept kept) -> kept.row().rid()).reversed());
        String next = lowest == null ? "" : lowest.toString();
        if (calls.size() > limit) {
            calls = calls.subList(0, limit);
            next = calls.get(limit - 1).row().rid().toString();
        }
        return new CallPage(
                calls.stream().map(kept -> Rows.record(kept, -1)).toList(), next, heard.size() == Subjects.PARTITIONS);
    }

    Mono<Long> change(What what, CallQuery query) {
        return all(WireQuery.of(what, query, null, SLICE), CHANGED)
                .map(answers ->
                        answers.stream().mapToLong(WorkerAnswer::changed).sum());
    }

    private Mono<List<WorkerAnswer>> all(WireQuery asked, Duration patience) {
        if (partitions.serving().size() == Subjects.PARTITIONS) {
            return own(asked).map(List::of);
        }
        Set<Integer> heard = new HashSet<>();
        return fleet.ask(TOPIC, Kept.text(asked).getBytes(UTF_8), patience)
                .concatMap(answer -> Mono.justOrEmpty(Kept.read(new String(answer, UTF_8), WorkerAnswer.class)))
                .takeUntil(answer -> heard.addAll(answer.partitions()) && heard.size() == Subjects.PARTITIONS)
                .collectList()
                .onErrorMap(e -> Broker.unavailable(String.valueOf(e.getMessage())));
    }

    private Mono<WorkerAnswer> own(WireQuery asked) {
        Set<Integer> serving = partitions.serving();
        Rid before = Rid.parse(asked.before()).orElse(null);
        return switch (asked.what()) {
            case LIST ->
                page(asked.query(), before, asked.limit())
                        .map(page -> new WorkerAnswer(serving, page.calls(), page.next(), 0));
            case CANCEL ->
                each(
                        asked,
                        EnumSet.of(CallState.QUEUED, CallState.RUNNING, CallState.RETRYING),
                        serving,
                        kept -> partitions
                                .changes()
                                .cancel(kept.row().rid())
                                .map(state -> state == CallState.CANCELLED));
            case REDRIVE -> each(asked, EnumSet.of(CallState.DEAD), serving, partitions.changes()::redrive);
            case PURGE ->
                each(
                        asked,
                        EnumSet.of(CallState.COMPLETED, CallState.DEAD, CallState.CANCELLED, CallState.EXPIRED),
                        serving,
                        partitions.changes()::forget);
        };
    }

    private record Page(List<Kept> calls, String next) {}

    private Mono<Page> page(CallQuery query, @Nullable Rid before, int limit) {
        return journal.store.read(tables -> {
            CallList.Page page = tables.list().page(query, before, limit);
            List<Kept> calls = new ArrayList<>();
            for (CallRow row : page.rows()) {
                calls.add(View.kept(tables, row));
            }
            Rid last = page.last();
            return new Page(calls, last == null ? "" : last.toString());
        });
    }

    /** Slice after slice, the newest calls first. */
    private Mono<WorkerAnswer> each(
            WireQuery asked, Set<CallState> possible, Set<Integer> serving, Function<Kept, Mono<Boolean>> change) {
        Set<CallState> states = EnumSet.copyOf(possible);
        if (!asked.states().isEmpty()) {
            states.retainAll(asked.states());
        }
        CallQuery all = asked.query();
        CallQuery query = new CallQuery(
                all.namespace(), all.function(), all.queue(), all.callId(), states, all.labels(), all.from(), all.to());
        if (states.isEmpty()) {
            return Mono.just(new WorkerAnswer(serving, List.of(), "", 0));
        }
        return page(query, null, SLICE)
                .expand(page -> page.next().isEmpty()
                        ? Mono.empty()
                        : page(query, Rid.parse(page.next()).orElse(null), SLICE))
                .concatMap(
                        page -> Flux.fromIterable(page.calls())
                                .flatMap(change, AT_ONCE)
                                .filter(isChanged -> isChanged)
                                .count(),
                        1)
                .reduce(0L, Long::sum)
                .map(changed -> new WorkerAnswer(serving, List.of(), "", changed));
    }

    @Override
    public void dispose() {
        answering.dispose();
    }
}
