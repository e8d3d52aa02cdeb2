package sluice.queue.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import sluice.queue.Waiting;

/**
 * Calls on their way to the {@link Loop}, which is woken for the first and takes all that have come. Thread-safe; holds no
 * more than were committed since the loop last looked.
 */
final class Inbox {
    private final Loop loop;
    private final Consumer<List<Waiting>> taker;
    private final Queue<Waiting> calls = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isWoken = new AtomicBoolean();

    /** @param taker runs on the loop */
    Inbox(Loop loop, Consumer<List<Waiting>> taker) {
        this.loop = loop;
        this.taker = taker;
    }

    void add(List<Waiting> more) {
        calls.addAll(more);
        if (!isWoken.getAndSet(true)) {
            loop.run(this::take, calls::clear);
        }
    }

    private void take() {
        isWoken.set(false); // before the look: whoever comes behind it wakes the loop again
        List<Waiting> taken = new ArrayList<>();
        Waiting call;
        while ((call = calls.poll()) != null) {
            taken.add(call);
        }
        taker.accept(taken);
    }
}
