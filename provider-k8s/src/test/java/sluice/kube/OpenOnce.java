package sluice.kube;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.core.RouteChange;

/** A process that opens a provider, tells how long that took and how much of its heap is in use, and ends. */
final class OpenOnce {
    private OpenOnce() {}

    /** Arguments: kubeconfig, namespace. Prints {@code functions endpoints millis heapBytes}. */
    public static void main(String[] arguments) {
        long start = System.nanoTime();
        KubeProvider provider = KubeProvider.open(KubeProviderContract.config(arguments[0], arguments[1], Map.of()));
        AtomicInteger functions = new AtomicInteger();
        AtomicInteger endpoints = new AtomicInteger();
        provider.changes().subscribe(change -> {
            if (change instanceof RouteChange.Changed changed) {
                functions.incrementAndGet();
                endpoints.addAndGet(changed.endpoints().size());
            }
        });
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.gc();
        long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        System.out.println(functions + " " + endpoints + " " + millis + " " + heap);
        provider.close();
    }
}
