package sluice.queue.store;

/** Waits for the end of a thread of the store; an interrupt does not shorten the wait, and is kept. */
final class Ended {
    private Ended() {}

    static void await(Thread thread) {
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
