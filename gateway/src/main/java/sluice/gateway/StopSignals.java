package sluice.gateway;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * SIGTERM and SIGINT, each of which asks to stop. They are handled here rather than in a shutdown hook: the thread that
 * waits for them may take its time and choose the exit code, and the second one is heard too.
 */
final class StopSignals {
    private final Semaphore received = new Semaphore(0);

    /** Takes over both signals for the rest of the process's life. */
    static StopSignals install() {
        StopSignals signals = new StopSignals();
        try {
            signals.takeOver(List.of("TERM", "INT"));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JDK lets nobody hear a signal (module jdk.unsupported)", e);
        }
        return signals;
    }

    /** Waits for the next signal that nobody has waited for. */
    void await() throws InterruptedException {
        received.acquire();
    }

    /** By name, because the compiler warns of {@code sun.misc.Signal} in a way that cannot be told to be quiet. */
    private void takeOver(List<String> names) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object release = Proxy.newProxyInstance(
                StopSignals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                    received.release();
                    return null;
                });
        for (String name : names) {
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), release);
        }
    }
}
