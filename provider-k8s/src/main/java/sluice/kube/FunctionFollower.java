package sluice.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.FunctionName;
import sluice.core.watch.WatchFeed;
import sluice.core.watch.WatchSignal;
import sluice.core.watch.WatchedFunction;

/**
 * Follows the objects in which functions are kept, within one namespace or all, and gives each change to the
 * {@link WatchFeed} under the version that the cluster gave it, in the cluster's order. No informer: those tell neither when
 * they have listed anew, and so have missed something, nor of bookmarks. A broken watch is made again from where it was; one
 * that is too old (410) begins anew.
 */
final class FunctionFollower<T extends HasMetadata> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FunctionFollower.class);
    private static final long PAGE = 500;
    private static final long AGAIN_MILLIS = 1_000;

    private final String scope;
    private final Api<T> api;
    private final Reader<T> reader;
    private final KnownNamespaces namespaces;
    private final WatchFeed feed;
    private final ScheduledExecutorService thread;
    private final Runnable failed;
    private final Map<String, Boolean> judged = new ConcurrentHashMap<>(); // by namespace, whether it was ours
    private @Nullable Running running; // by the thread alone
    private volatile long marked = -1; // from which version on the first list is another's
    private volatile boolean isClosed;

    /**
     * @param scope the namespace, or empty for all
     * @param thread lists block it
     * @param failed told of every list or watch that failed
     */
    FunctionFollower(
            String scope,
            Api<T> api,
            Reader<T> reader,
            KnownNamespaces namespaces,
            WatchFeed feed,
            ScheduledExecutorService thread,
            Runnable failed) {
        this.scope = scope;
        this.api = api;
        this.reader = reader;
        this.namespaces = namespaces;
        this.feed = feed;
        this.thread = thread;
        this.failed = failed;
    }

    /** What is asked of the API of the cluster. */
    interface Api<T extends HasMetadata> {
        KubernetesResourceList<T> list(ListOptions options);

        Watch watch(ListOptions options, Watcher<T> watcher);
    }

    /** What an object says of a function; may wait until the rest of this process has heard of it. */
    interface Reader<T extends HasMetadata> {
        /** Null for one that is none, or is going. */
        @Nullable WatchedFunction read(T object, long version) throws InterruptedException;

        void gone(T object) throws InterruptedException;

        /** What a list of another has told that began after {@link #mark}, and all changes up to the newest in it. */
        List<WatchedFunction> known(String scope);
    }

    /**
     * Notes the version of now, so that what another lists from here on can stand for the first list of this one, which then
     * need not be made: with thousands of functions that is a good part of a start. Blocks.
     */
    void mark() {
        try {
            marked = version(api.list(new ListOptionsBuilder().withLimit(1L).build())
                    .getMetadata()
                    .getResourceVersion());
        } catch (KubernetesClientException | NumberFormatException e) {
            log.debug("functions are to be listed a second time", e);
        }
    }

    /** Begins; returns at once. */
    void start() {
        schedule(this::begin, 0);
    }

    /** Begins anew if a namespace counts now that did not, or the other way round. */
    void namespaceChanged(String namespace) {
        Boolean before = judged.get(namespace);
        if (before != null && before != namespaces.isOurs(namespace)) {
            schedule(this::begin, 0);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        schedule(this::end, 0);
    }

    private void begin() {
        end();
        if (isClosed) {
            return;
        }
        try {
            Running next = new Running(marked < 0 ? list() : takeOver());
            running = next;
            next.watch = api.watch(
                    new ListOptionsBuilder()
                            .withResourceVersion(Long.toUnsignedString(next.from))
                            .withAllowWatchBookmarks(true)
                            .build(),
                    next);
        } catch (KubernetesClientException | NumberFormatException e) {
            failed.run();
            log.warn("cannot follow functions, trying again: {}", String.valueOf(e.getMessage()));
            schedule(this::begin, AGAIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        Running before = running;
        running = null;
        if (before != null) {
            before.end();
        }
    }

    /**
     * Tells what another has listed. It was told in order, so all changes up to the newest among the versions are in it; those
     * up to {@link #marked} are, since the list is younger.
     */
    private long takeOver() {
        long version = marked;
        marked = -1;
        List<WatchedFunction> ours = new ArrayList<>();
        for (WatchedFunction function : reader.known(scope)) {
            version = Math.max(version, function.version());
            if (isOurs(function.name().namespace())) {
                ours.add(function);
            }
        }
        feed.reset(new WatchSignal.Snapshot(scope, version, ours));
        return version;
    }

    /** Tells all that exists; the version at which it is so. */
    private long list() throws InterruptedException {
        judged.clear();
        List<WatchedFunction> all = new ArrayList<>();
        String next = null;
        String version;
        do {
            KubernetesResourceList<T> page = api.list(
                    new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
            version = page.getMetadata().getResourceVersion();
            next = page.getMetadata().getContinue();
            for (T object : page.getItems()) {
                WatchedFunction function = read(object);
                if (function != null) {
                    all.add(function);
                }
            }
        } while (next != null && !next.isEmpty());
        long parsed = version(version);
        feed.reset(new WatchSignal.Snapshot(scope, parsed, all));
        return parsed;
    }

    private @Nullable WatchedFunction read(T object) throws InterruptedException {
        if (!isOurs(object.getMetadata().getNamespace())
                || !FunctionName.isLabel(object.getMetadata().getName())) {
            return null;
        }
        return reader.read(object, version(object.getMetadata().getResourceVersion()));
    }

    private boolean isOurs(String namespace) {
        boolean isOurs = namespaces.isOurs(namespace);
        judged.put(namespace, isOurs);
        return isOurs;
    }

    private void schedule(Runnable what, long millis) {
        try {
            var unused = thread.schedule(what, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("closed meanwhile");
        }
    }

    /** The cluster's versions are numbers that grow (Kubernetes 1.35, comparable resource versions). */
    private static long version(String text) {
        return Long.parseLong(text);
    }

    /** One watch, from one list on. */
    private final class Running implements Watcher<T> {
        private final long from;
        private volatile boolean isOver;
        private @Nullable Watch watch;

        Running(long from) {
            this.from = from;
        }

        void end() {
            isOver = true;
            if (watch != null) {
                watch.close();
            }
        }

        @Override
        public void eventReceived(Action action, T object) {
            if (isOver || object == null) {
                return;
            }
            try {
                told(action, object);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                log.error("cannot use a change of a function, beginning anew", e);
                again();
            }
        }

        private void told(Action action, T object) throws InterruptedException {
            long version = version(object.getMetadata().getResourceVersion());
            switch (action) {
                case ADDED, MODIFIED -> {
                    WatchedFunction function = read(object);
                    if (function == null) {
                        gone(object, version);
                    } else {
                        feed.changed(function);
                    }
                }
                case DELETED -> gone(object, version);
                case BOOKMARK -> feed.progressed(scope, version);
                case ERROR -> again();
            }
        }

        private void gone(T object, long version) throws InterruptedException {
            if (FunctionName.isLabel(object.getMetadata().getName())) {
                reader.gone(object);
                feed.removed(
                        new FunctionName(
                                object.getMetadata().getName(),
                                object.getMetadata().getNamespace()),
                        version);
            }
        }

        @Override
        public void onClose(WatcherException cause) {
            again();
        }

        private void again() {
            if (!isOver) {
                isOver = true;
                failed.run();
                // A watch that ends at once must not make lists without a pause.
                schedule(FunctionFollower.this::begin, AGAIN_MILLIS);
            }
        }
    }
}
