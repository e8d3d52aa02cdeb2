package sluice.core;

import java.util.Map;

/**
 * Who runs the functions.
 *
 * @param provider its name
 * @param orchestration what it runs them with: {@code process}, {@code kubernetes}
 * @param capabilities what this provider can or cannot do here, for people: name to explanation
 */
public record ProviderInfo(
        String provider, String orchestration, VersionInfo version, Map<String, String> capabilities) {
    public ProviderInfo {
        capabilities = Map.copyOf(capabilities);
    }
}
