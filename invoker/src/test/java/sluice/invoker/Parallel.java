package sluice.invoker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several clients at once. */
final class Parallel {
    private Parallel() {}

    /** What one of the clients does; {@code client} counts from 0. */
    interface Client {
        void run(int client) throws Exception;
    }

    /** Runs so many clients, waits for all of them and fails as the first that failed. */
    static void run(int clients, Client work) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int client = i;
                running.add(threads.submit(() -> {
                    work.run(client);
                    return null;
                }));
            }
            for (Future<?> client : running) {
                client.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
