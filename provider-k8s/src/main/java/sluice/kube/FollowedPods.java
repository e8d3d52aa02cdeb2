package sluice.kube;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.FluxSink;
import sluice.core.LogLine;
import sluice.core.LogQuery;

/**
 * The logs of a function's pods while they come and go: each gets a stream once its container runs, and another one when it
 * was started again. A reader that does not keep up loses lines and is told how many.
 */
final class FollowedPods implements ResourceEventHandler<Pod> {
    private static final Logger log = LoggerFactory.getLogger(FollowedPods.class);

    private static final Duration LAST_LINES = Duration.ofSeconds(5);

    private final KubernetesClient client;
    private final PodLogs logs;
    private final LogQuery query;
    private final FluxSink<LogLine> sink;
    private final int most;
    private final Map<String, LogWatch> open = new HashMap<>(); // by pod and number of its start
    private final Set<String> ended = new HashSet<>(); // read to their end
    private long lost;
    private boolean hasToldOfBound;
    private boolean isClosed;

    FollowedPods(KubernetesClient client, PodLogs logs, LogQuery query, FluxSink<LogLine> sink, int most) {
        this.client = client;
        this.logs = logs;
        this.query = query;
        this.sink = sink;
        this.most = most;
    }

    /** Returns at once; ends with the sink. */
    void start() {
        SharedIndexInformer<Pod> pods = client.pods()
                .inNamespace(query.function().namespace())
                .withLabel(Marks.FUNCTION, query.function().name())
                .runnableInformer(0)
                .exceptionHandler((hasStarted, failure) -> true)
                .addEventHandler(this);
        sink.onDispose(() -> {
            pods.stop();
            close();
        });
        pods.start();
    }

    @Override
    public void onAdd(Pod pod) {
        follow(pod);
    }

    @Override
    public void onUpdate(Pod before, Pod now) {
        follow(now);
    }

    /** Its stream ends by itself, after the last line; one that does not is closed. */
    @Override
    public synchronized void onDelete(Pod pod, boolean isGuessed) {
        String prefix = pod.getMetadata().getUid() + "/";
        ended.removeIf(key -> key.startsWith(prefix));
        open.forEach((key, watch) -> {
            if (key.startsWith(prefix)) {
                CompletableFuture.delayedExecutor(LAST_LINES.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(watch::close);
            }
        });
    }

    private synchronized void follow(Pod pod) {
        String key = startOf(pod);
        if (isClosed || key == null || !PodLogs.isAsked(pod, query) || open.containsKey(key) || ended.contains(key)) {
            return;
        }
        if (open.size() == most) {
            if (!hasToldOfBound) {
                hasToldOfBound = true;
                log.warn(
                        "{} has more pods than a reader of its log may read: SLUICE_KUBE_LOG_STREAMS",
                        query.function());
            }
            return;
        }
        try {
            LogLines lines = new LogLines(query.function(), pod.getMetadata().getName(), this::tell);
            LogWatch watch = logs.log(pod, query).watchLog(lines);
            open.put(key, watch);
            watch.onClose().whenComplete((reason, failure) -> {
                end(key); // before its last line is told: whoever reads that may count on the room
                lines.close();
            });
        } catch (KubernetesClientException e) {
            log.warn("cannot follow the log of {}: {}", pod.getMetadata().getName(), String.valueOf(e.getMessage()));
        }
    }

    private synchronized void end(String key) {
        if (open.remove(key) != null) {
            ended.add(key);
        }
    }

    /** Null while the function's container has not started. */
    private @Nullable String startOf(Pod pod) {
        if (pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null) {
            return null;
        }
        for (ContainerStatus status : pod.getStatus().getContainerStatuses()) {
            if (status.getName().equals(query.function().name())
                    && status.getState() != null
                    && (status.getState().getRunning() != null
                            || status.getState().getTerminated() != null)) {
                return pod.getMetadata().getUid() + "/" + status.getRestartCount();
            }
        }
        return null;
    }

    private synchronized void tell(LogLine line) {
        if (sink.requestedFromDownstream() == 0) {
            lost++;
            return;
        }
        if (lost > 0) {
            sink.next(new LogLine(
                    line.name(), line.namespace(), line.instance(), Instant.now(), "(" + lost + " lines were lost)"));
            lost = 0;
        }
        sink.next(line);
    }

    private synchronized void close() {
        isClosed = true;
        List.copyOf(open.values()).forEach(LogWatch::close); // each takes itself out
        open.clear();
    }
}
