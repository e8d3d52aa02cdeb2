package sluice.kube;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.File;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * The connection to the Kubernetes API: over the JDK's HTTP client, which brings no second Netty. Watches are plain HTTP
 * streams.
 */
final class Cluster implements AutoCloseable {
    private static final int RETRIES = 2;
    private static final int FIRST_BACK_OFF_MILLIS = 100;
    private static final int RECONNECT_MILLIS = 500;
    private static final int CONNECT_MILLIS = 3_000;

    private final KubernetesClient client;
    private final ExecutorService callbacks;

    private Cluster(KubernetesClient client, ExecutorService callbacks) {
        this.client = client;
        this.callbacks = callbacks;
    }

    /**
     * Reads where the API is; connects to nothing yet.
     *
     * @throws sluice.core.FailureException when that cannot be read
     */
    static Cluster of(KubeConfig settings, ApiMetrics metrics) {
        ExecutorService callbacks = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "kube-client");
            thread.setDaemon(true);
            return thread;
        });
        try {
            KubernetesClient client = new KubernetesClientBuilder()
                    .withConfig(config(settings))
                    .withHttpClientFactory(new JdkHttpClientFactory())
                    .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("sluice-metrics", metrics)
                            .addOrReplaceInterceptor("sluice-packed-lists", new PackedLists()))
                    .withTaskExecutor(callbacks)
                    .build();
            return new Cluster(client, callbacks);
        } catch (KubernetesClientException | IllegalArgumentException e) {
            callbacks.shutdown();
            throw Failure.PROVIDER_FAILED.in(
                    Component.PROVIDER, "cannot read where the Kubernetes API is (KUBECONFIG): " + e.getMessage());
        }
    }

    KubernetesClient client() {
        return client;
    }

    /** Where the API is, for messages. */
    String address() {
        return client.getMasterUrl().toString();
    }

    @Override
    public void close() {
        client.close();
        callbacks.shutdown();
    }

    private static Config config(KubeConfig settings) {
        String context = settings.kubeContext().isEmpty() ? null : settings.kubeContext();
        Config config = settings.kubeconfig().isEmpty()
                ? Config.autoConfigure(context)
                : Config.fromKubeconfig(context, new File(settings.kubeconfig()));
        ClientKey.requireReadable(config);
        config.setRequestTimeout((int) settings.requestTimeout().toMillis());
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setRequestRetryBackoffLimit(RETRIES);
        config.setRequestRetryBackoffInterval(FIRST_BACK_OFF_MILLIS);
        config.setWatchReconnectInterval(RECONNECT_MILLIS);
        config.setOnlyHttpWatches(true);
        config.setUserAgent("sluice");
        return config;
    }
}
