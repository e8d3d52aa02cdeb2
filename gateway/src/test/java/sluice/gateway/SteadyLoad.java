package sluice.gateway;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Calls a URL so many times a second, whatever becomes of the calls, and keeps count. */
final class SteadyLoad implements AutoCloseable {
    private static final int TICKS_PER_SECOND = 100;
    private static final long LAST_CALLS_NANOS = TimeUnit.SECONDS.toNanos(70); // a held call fails after 60 s

    final AtomicInteger answered = new AtomicInteger();
    final Set<String> failures = ConcurrentHashMap.newKeySet();
    final Set<String> answers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger open = new AtomicInteger();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    SteadyLoad(URI url, int perSecond) {
        HttpRequest request = HttpRequest.newBuilder(url).build();
        var unused = clock.scheduleAtFixedRate(
                () -> {
                    for (int i = 0; i < perSecond / TICKS_PER_SECOND; i++) {
                        call(request);
                    }
                },
                0,
                1_000 / TICKS_PER_SECOND,
                TimeUnit.MILLISECONDS);
    }

    private void call(HttpRequest request) {
        open.incrementAndGet();
        client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).whenComplete((answer, failure) -> {
            if (failure != null) {
                failures.add(failure.toString());
            } else if (answer.statusCode() != 200) {
                failures.add(answer.statusCode() + " " + answer.body());
            } else {
                answers.add(answer.body());
                answered.incrementAndGet();
            }
            open.decrementAndGet();
        });
    }

    /** Ends the load; returns when every call has ended. */
    @Override
    public void close() {
        clock.shutdownNow();
        long deadline = System.nanoTime() + LAST_CALLS_NANOS;
        while (open.get() > 0) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(open + " calls did not end");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
