package sluice.http;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import sluice.core.VersionInfo;

/** What clients of the Kubernetes API ask first: which groups, versions and kinds there are (Kubernetes, API discovery). */
final class KubeApi {
    private static final Map<String, String> VERSION =
            Map.of("groupVersion", KubeFunction.API_VERSION, "version", "v1");
    private static final String FUNCTION = KubeFunction.KIND;

    private final VersionInfo version;
    private final String started = Instant.now().toString();

    KubeApi(VersionInfo version) {
        this.version = version;
    }

    /** {@code /apis}. */
    Mono<Answer> groups(ApiCall call) {
        Map<String, Object> list = object("APIGroupList");
        list.put("groups", List.of(named(new LinkedHashMap<>())));
        return answer(list);
    }

    /** {@code /apis/openfaas.com}. */
    Mono<Answer> group(ApiCall call) {
        return answer(named(object("APIGroup")));
    }

    /** {@code /apis/openfaas.com/v1}. */
    Mono<Answer> resources(ApiCall call) {
        return answer(resources(KubeFunction.API_VERSION));
    }

    /** {@code /oapi/v1}, as OpenShift called it once. */
    Mono<Answer> oldResources(ApiCall call) {
        return answer(resources("v1"));
    }

    /** {@code /api}: there is no core group here. */
    Mono<Answer> versions(ApiCall call) {
        Map<String, Object> versions = new LinkedHashMap<>();
        versions.put("kind", "APIVersions");
        versions.put("versions", List.of());
        versions.put("serverAddressByClientCIDRs", List.of());
        return answer(versions);
    }

    /** {@code /version}: numbers that clients want to read, and who is really there. */
    Mono<Answer> version(ApiCall call) {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("major", "1");
        info.put("minor", "0");
        info.put("gitVersion", "v1.0.0+sluice-" + version.release());
        info.put("gitCommit", version.sha());
        info.put("gitTreeState", "clean");
        info.put("buildDate", started);
        info.put("goVersion", "none");
        info.put("compiler", "javac");
        info.put("platform", "linux/" + System.getProperty("os.arch", "unknown"));
        return answer(info);
    }

    private static Map<String, Object> resources(String groupVersion) {
        Map<String, Object> list = object("APIResourceList");
        list.put("groupVersion", groupVersion);
        list.put(
                "resources",
                List.of(
                        resource("functions", "function", FUNCTION, "create delete get list update watch"),
                        scale(),
                        resource("functions/log", "", FUNCTION, "get"),
                        resource("functions/invoke", "", FUNCTION, "create"),
                        resource("functionsecrets", "functionsecret", "FunctionSecret", "create delete list update")));
        return list;
    }

    private static Map<String, Object> scale() {
        Map<String, Object> scale = resource("functions/scale", "", "Scale", "get update");
        scale.put("group", "autoscaling");
        scale.put("version", "v1");
        return scale;
    }

    private static Map<String, Object> resource(String name, String singular, String kind, String verbs) {
        Map<String, Object> resource = new LinkedHashMap<>();
        resource.put("name", name);
        resource.put("singularName", singular);
        resource.put("namespaced", true);
        resource.put("kind", kind);
        resource.put("verbs", List.of(verbs.split(" ", -1)));
        return resource;
    }

    private static Map<String, Object> named(Map<String, Object> group) {
        group.put("name", KubeFunction.GROUP);
        group.put("versions", List.of(VERSION));
        group.put("preferredVersion", VERSION);
        return group;
    }

    private static Map<String, Object> object(String kind) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("kind", kind);
        object.put("apiVersion", "v1");
        return object;
    }

    private static Mono<Answer> answer(Map<String, Object> body) {
        return Mono.fromSupplier(() -> Answer.json(200, body));
    }
}
