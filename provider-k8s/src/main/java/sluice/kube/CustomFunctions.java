package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;

/** Functions (openfaas.com/v1) in the cluster: the objects that people write with kubectl, and we for the REST API. Blocks. */
final class CustomFunctions {
    static final String API_VERSION = "openfaas.com/v1";
    static final String KIND = "Function";
    private static final int CONFLICTS = 5;
    private static final PatchContext MERGE = new PatchContext.Builder()
            .withPatchType(PatchType.JSON_MERGE)
            .withFieldManager(Marks.FIELD_MANAGER)
            .build();

    private final KubernetesClient client;

    CustomFunctions(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Creates the Function or replaces its whole spec, and answers who owns what is made of it. Not by apply: what somebody
     * else wrote into the spec must go when it is deployed anew.
     */
    OwnerReference write(FunctionDeployment function) {
        for (int attempt = 1; ; attempt++) {
            try {
                GenericKubernetesResource existing = resource(function.name()).get();
                return owner(
                        existing == null
                                ? resource(fresh(function)).create()
                                : resource(replaced(existing, function))
                                        .lockResourceVersion(
                                                existing.getMetadata().getResourceVersion())
                                        .update());
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409 || attempt == CONFLICTS) {
                    throw ApiFailures.translate(e);
                }
            }
        }
    }

    /** What is made of it goes by the cluster's garbage collection; one that is not there is fine. */
    void remove(FunctionName name) {
        resource(name).delete();
    }

    void writeStatus(FunctionName name, Map<String, Object> status) {
        resource(name).subresource("status").patch(MERGE, Serialization.asJson(Map.of("status", status)));
    }

    static OwnerReference owner(GenericKubernetesResource function) {
        return owner(function, KIND);
    }

    /** Who owns what is made of {@code object}, of this kind of openfaas.com/v1. */
    static OwnerReference owner(GenericKubernetesResource object, String kind) {
        return new OwnerReferenceBuilder()
                .withApiVersion(API_VERSION)
                .withKind(kind)
                .withName(object.getMetadata().getName())
                .withUid(object.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /** A member of the object that is an object; empty when it is none. */
    static Map<String, Object> map(GenericKubernetesResource function, String field) {
        return Trees.map(function.getAdditionalProperties().get(field));
    }

    /** All of them. */
    MixedOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> all() {
        return client.genericKubernetesResources(CustomKinds.FUNCTION);
    }

    private Resource<GenericKubernetesResource> resource(FunctionName name) {
        return all().inNamespace(name.namespace()).withName(name.name());
    }

    private Resource<GenericKubernetesResource> resource(GenericKubernetesResource function) {
        return all().inNamespace(function.getMetadata().getNamespace()).resource(function);
    }

    private static GenericKubernetesResource fresh(FunctionDeployment function) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(API_VERSION)
                .withKind(KIND)
                .withNewMetadata()
                .withName(function.name().name())
                .withNamespace(function.name().namespace())
                .endMetadata()
                .addToAdditionalProperties("spec", SubmittedSpec.toMap(function))
                .build();
    }

    private static GenericKubernetesResource replaced(GenericKubernetesResource existing, FunctionDeployment function) {
        ObjectMeta meta = existing.getMetadata();
        meta.setManagedFields(null);
        existing.setAdditionalProperty("spec", SubmittedSpec.toMap(function));
        return existing;
    }
}
