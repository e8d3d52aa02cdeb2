package sluice.core;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** Resources of a function as Kubernetes quantities, kept exactly as given ({@code 128Mi}, {@code 0.5}). */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Resources(
        @Nullable String memory,
        @Nullable String cpu,
        @JsonProperty("nvidia.com/gpu") @Nullable String nvidiaGpu,
        @JsonProperty("amd.com/gpu") @Nullable String amdGpu,
        @JsonProperty("intel.com/gpu") @Nullable String intelGpu) {}
