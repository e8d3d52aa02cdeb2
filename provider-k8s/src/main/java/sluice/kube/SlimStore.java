package sluice.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an informer has to remember of objects that {@link Snapshot} has already understood: which there are, in which
 * version, and the one label by which a slice is found. Whole objects of 5,000 functions would be most of the heap.
 */
final class SlimStore<T extends HasMetadata> implements ItemStore<T> {
    private final Class<T> type;
    private final Map<String, T> objects = new ConcurrentHashMap<>();

    SlimStore(Class<T> type) {
        this.type = type;
    }

    @Override
    public String getKey(T object) {
        return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
    }

    @Override
    public @Nullable T put(String key, T object) {
        return objects.put(key, slim(object));
    }

    @Override
    public @Nullable T remove(String key) {
        return objects.remove(key);
    }

    @Override
    public Stream<String> keySet() {
        return objects.keySet().stream();
    }

    @Override
    public Stream<T> values() {
        return objects.values().stream();
    }

    @Override
    public int size() {
        return objects.size();
    }

    @Override
    public @Nullable T get(String key) {
        return objects.get(key);
    }

    @Override
    public boolean isFullState() {
        return false;
    }

    private T slim(T object) {
        ObjectMeta meta = object.getMetadata();
        String service = meta.getLabels() == null ? null : meta.getLabels().get(SliceEndpoints.SERVICE);
        ObjectMeta kept = new ObjectMetaBuilder()
                .withName(meta.getName())
                .withNamespace(meta.getNamespace())
                .withUid(meta.getUid())
                .withResourceVersion(meta.getResourceVersion())
                .build();
        if (service != null) {
            kept.setLabels(Map.of(SliceEndpoints.SERVICE, service));
        }
        try {
            T slim = type.getDeclaredConstructor().newInstance();
            slim.setMetadata(kept);
            return slim;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " has no plain constructor", e);
        }
    }
}
