package sluice.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;

/** The threads that wait for the Kubernetes API so that nobody else does; bounded. Changes of one function take turns. */
final class ControlThreads implements AutoCloseable {
    private static final int LOCKS = 256;

    private final ThreadPoolExecutor pool;
    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];

    /**
     * @param atOnce requests that are carried out at the same time
     * @param waiting requests that may wait for that; more are refused
     */
    ControlThreads(int atOnce, int waiting) {
        pool = new ThreadPoolExecutor(
                atOnce, atOnce, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(Math.max(1, waiting)), task -> {
                    Thread thread = new Thread(task, "kube-control");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** Something that asks the Kubernetes API and changes things. */
    interface Change {
        void carryOut() throws InterruptedException;
    }

    /** Runs to its end, also when its caller has left. */
    Mono<Void> change(FunctionName name, Change change) {
        return ask(() -> {
                    locked(name, change);
                    return true;
                })
                .then();
    }

    /** Takes its turn on the calling thread. */
    void locked(FunctionName name, Change change) throws InterruptedException {
        ReentrantLock lock = locks[Math.floorMod(name.hashCode(), LOCKS)];
        lock.lockInterruptibly();
        try {
            change.carryOut();
        } finally {
            lock.unlock();
        }
    }

    Mono<Void> change(Change change) {
        return ask(() -> {
                    change.carryOut();
                    return true;
                })
                .then();
    }

    <T> Mono<T> ask(Callable<T> question) {
        return Mono.fromFuture(() -> submit(question), true)
                .onErrorMap(KubernetesClientException.class, ApiFailures::translate)
                .onErrorMap(InterruptedException.class, e -> stopping())
                .onErrorMap(
                        RejectedExecutionException.class,
                        e -> pool.isShutdown()
                                ? stopping()
                                : Failure.UNAVAILABLE.in(
                                        Component.PROVIDER,
                                        "too many requests wait for the Kubernetes API (SLUICE_KUBE_WAITING_CHANGES)"));
    }

    /** Interrupts what is under way and refuses what waits. */
    @Override
    public void close() {
        for (Runnable waiting : pool.shutdownNow()) {
            if (waiting instanceof Asked<?> asked) {
                asked.answer.completeExceptionally(stopping());
            }
        }
    }

    private static FailureException stopping() {
        return Failure.UNAVAILABLE.in(Component.PROVIDER, "the gateway is stopping");
    }

    private <T> CompletableFuture<T> submit(Callable<T> question) {
        Asked<T> asked = new Asked<>(question);
        pool.execute(asked);
        return asked.answer;
    }

    /** Somebody waits for the answer, whatever becomes of the question. */
    private static final class Asked<T> implements Runnable {
        private final Callable<T> question;
        private final CompletableFuture<T> answer = new CompletableFuture<>();

        Asked(Callable<T> question) {
            this.question = question;
        }

        @Override
        public void run() {
            try {
                answer.complete(question.call());
            } catch (Throwable e) { // an error, too
                answer.completeExceptionally(e);
            }
        }
    }
}
