package sluice.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Loggable;
import io.fabric8.kubernetes.client.dsl.TailPrettyLoggable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.LogLine;
import sluice.core.LogQuery;

/** Logs of a function's pods, each from the container that is named like the function. */
final class PodLogs implements AutoCloseable {
    private static final int THREADS = 16;
    private static final int WAITING = 1_000;
    private static final int READ_AHEAD = 64;

    private final KubernetesClient client;
    private final KubeConfig config;
    private final Scheduler threads = Schedulers.newBoundedElastic(THREADS, WAITING, "kube-logs", 60, true);

    PodLogs(KubernetesClient client, KubeConfig config) {
        this.client = client;
        this.config = config;
    }

    Flux<LogLine> read(LogQuery query) {
        return query.follow()
                ? Flux.create(sink -> new FollowedPods(client, this, query, sink, config.logStreams()).start())
                : Mono.fromCallable(() -> pods(query))
                        .subscribeOn(threads)
                        .flatMapMany(Flux::fromIterable)
                        .flatMap(pod -> lines(pod, query), config.logStreams(), READ_AHEAD)
                        .onErrorMap(KubernetesClientException.class, ApiFailures::translate);
    }

    /** What the API is to be asked for of one pod's log. Waits for no pod to become ready. */
    Loggable log(Pod pod, LogQuery query) {
        var all = client.pods()
                .inNamespace(query.function().namespace())
                .withName(pod.getMetadata().getName())
                .inContainer(query.function().name())
                .withReadyWaitTimeout(0)
                .usingTimestamps();
        TailPrettyLoggable since =
                query.since() == null ? all : all.sinceTime(query.since().toString());
        return query.tail() > 0 ? since.tailingLines(query.tail()) : since;
    }

    @Override
    public void close() {
        threads.dispose();
    }

    private List<Pod> pods(LogQuery query) {
        return client
                .pods()
                .inNamespace(query.function().namespace())
                .withLabel(Marks.FUNCTION, query.function().name())
                .list()
                .getItems()
                .stream()
                .filter(pod -> isAsked(pod, query))
                .toList();
    }

    static boolean isAsked(Pod pod, LogQuery query) {
        return query.instance() == null
                || query.instance().equals(pod.getMetadata().getName());
    }

    /** A thread is held only while the reader asks for lines. */
    private Flux<LogLine> lines(Pod pod, LogQuery query) {
        String name = pod.getMetadata().getName();
        return Flux.using(
                        () -> new BufferedReader(
                                new InputStreamReader(log(pod, query).getLogInputStream(), UTF_8)),
                        reader -> Flux.<LogLine>generate(sink -> {
                            try {
                                String line = reader.readLine();
                                if (line == null) {
                                    sink.complete();
                                } else {
                                    sink.next(LogLines.parse(query.function(), name, line));
                                }
                            } catch (IOException e) {
                                sink.error(new UncheckedIOException(e));
                            }
                        }),
                        PodLogs::closeQuietly)
                .onErrorResume(PodLogs::hasNoLog, e -> Flux.empty())
                .subscribeOn(threads, true);
    }

    /** A pod that has not started yet, or is gone by now. */
    private static boolean hasNoLog(Throwable e) {
        return e instanceof KubernetesClientException api && (api.getCode() == 400 || api.getCode() == 404);
    }

    private static void closeQuietly(BufferedReader reader) {
        try {
            Objects.requireNonNull(reader).close();
        } catch (IOException e) {
            // nothing more is read from it
        }
    }
}
