package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.Resources;
import sluice.core.watch.WatchedFunction;

/** A function as JSON of the kind Function, openfaas.com/v1. */
@JsonPropertyOrder({"apiVersion", "kind", "metadata", "spec", "status"})
record KubeFunction(String apiVersion, String kind, Meta metadata, Spec spec, Map<String, Object> status) {
    static final String GROUP = "openfaas.com";
    static final String API_VERSION = "openfaas.com/v1";
    static final String KIND = "Function";

    static KubeFunction of(WatchedFunction function) {
        return new KubeFunction(
                API_VERSION,
                KIND,
                Meta.of(function),
                Spec.of(function.function().deployment()),
                function.condition());
    }

    /** The object of a bookmark. */
    static Map<String, Object> bookmark(long version) {
        Map<String, Object> object = new TreeMap<>();
        object.put("apiVersion", API_VERSION);
        object.put("kind", KIND);
        object.put("metadata", Map.of("resourceVersion", Long.toString(version)));
        return object;
    }

    @JsonInclude(Include.NON_EMPTY)
    record Meta(
            String name,
            String namespace,
            String uid,
            long generation,
            String resourceVersion,
            String creationTimestamp,
            Map<String, String> labels,
            Map<String, String> annotations) {
        static Meta of(WatchedFunction function) {
            return new Meta(
                    function.name().name(),
                    function.name().namespace(),
                    function.uid(),
                    function.generation(),
                    Long.toString(function.version()),
                    function.function()
                            .createdAt()
                            .truncatedTo(ChronoUnit.SECONDS) // as the API has it
                            .toString(),
                    function.labels(),
                    function.annotations());
        }
    }

    @JsonInclude(Include.NON_EMPTY)
    record Spec(
            String name,
            String image,
            @Nullable String handler,
            Map<String, String> labels,
            Map<String, String> annotations,
            Map<String, String> environment,
            List<String> constraints,
            List<String> secrets,
            @Nullable Resources limits,
            @Nullable Resources requests,
            @Nullable Boolean readOnlyRootFilesystem) {
        static Spec of(FunctionDeployment function) {
            return new Spec(
                    function.name().name(),
                    function.image(),
                    function.envProcess(),
                    function.labels(),
                    function.annotations(),
                    function.envVars(),
                    function.constraints(),
                    function.secrets(),
                    function.limits(),
                    function.requests(),
                    function.readOnlyRootFilesystem() ? true : null);
        }
    }
}
