package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes FunctionIngresses for tests: of {@code ocr} at {@code ocr.example.com}, one changed field at a time. */
final class FunctionIngressObjects {
    private final String name;
    private String namespace = "openfaas";
    private @Nullable String created;
    private final Map<String, String> annotations = new LinkedHashMap<>();
    private final Map<String, Object> spec = new LinkedHashMap<>();

    private FunctionIngressObjects(String name) {
        this.name = name;
        spec.put("domain", "ocr.example.com");
        spec.put("function", "ocr");
    }

    static FunctionIngressObjects named(String name) {
        return new FunctionIngressObjects(name);
    }

    FunctionIngressObjects in(String namespace) {
        this.namespace = namespace;
        return this;
    }

    FunctionIngressObjects created(String time) {
        created = time;
        return this;
    }

    FunctionIngressObjects annotation(String key, String value) {
        annotations.put(key, value);
        return this;
    }

    /** An empty text leaves the field out. */
    FunctionIngressObjects spec(String field, Object value) {
        if ("".equals(value)) {
            spec.remove(field);
        } else {
            spec.put(field, value);
        }
        return this;
    }

    GenericKubernetesResource build() {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(CustomFunctions.API_VERSION)
                .withKind(FunctionIngress.KIND)
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .withUid("uid-" + name)
                .withCreationTimestamp(created)
                .withAnnotations(annotations)
                .endMetadata()
                .addToAdditionalProperties("spec", spec)
                .build();
    }
}
