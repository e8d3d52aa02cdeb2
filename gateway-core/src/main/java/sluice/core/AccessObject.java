package sluice.core;

import java.util.Map;

/**
 * A Policy, Role or JwtIssuer as somebody wrote it (iam.openfaas.com/v1), not yet checked.
 *
 * @param name {@code metadata.name}
 * @param spec nested maps, lists, texts, numbers and booleans, as in the document
 * @param origin where it is written, for messages
 */
public record AccessObject(String kind, String name, Map<String, Object> spec, String origin) {
    public AccessObject {
        spec = Map.copyOf(spec);
    }
}
