package sluice.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.Resources;

/**
 * One entry under {@code functions:} of a stack file, as written. What only a builder of images needs is known and
 * passed over.
 */
@JsonIgnoreProperties({
    "lang",
    "handler",
    "build_args",
    "build_options",
    "build_secrets",
    "copy",
    "network",
    "platforms",
    "publish",
    "skip_build"
})
record StackFunction(
        @Nullable String image,
        @Nullable String fprocess,
        @Nullable String namespace,
        @Nullable Map<String, String> environment,
        @JsonProperty("environment_file") @Nullable List<String> environmentFiles,
        @Nullable List<String> secrets,
        @Nullable Map<String, String> labels,
        @Nullable Map<String, String> annotations,
        @Nullable List<String> constraints,
        @Nullable Resources limits,
        @Nullable Resources requests,
        @JsonProperty("readonly_root_filesystem") boolean readOnlyRootFilesystem) {}
