package sluice.kube;

import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a function uses its secrets, both in order of their names, so that the same function is always the same template.
 *
 * @param pull credentials for the registry of its image
 * @param mounted files under {@code /var/openfaas/secrets}
 */
record SecretUse(List<String> pull, List<String> mounted) {
    static final SecretUse NONE = new SecretUse(List.of(), List.of());
    private static final Set<String> PULL_TYPES = Set.of("kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson");

    SecretUse {
        pull = List.copyOf(pull);
        mounted = List.copyOf(mounted);
    }

    /**
     * Decides by the secrets' types.
     *
     * @throws sluice.core.FailureException when two of them would be files of the same name; their values are never told
     */
    static SecretUse of(List<Secret> secrets) {
        Set<String> pull = new TreeSet<>();
        Set<String> mounted = new TreeSet<>();
        Map<String, String> files = new HashMap<>();
        for (Secret secret : secrets) {
            String name = secret.getMetadata().getName();
            if (PULL_TYPES.contains(secret.getType())) {
                pull.add(name);
            } else if (mounted.add(name) && secret.getData() != null) {
                secret.getData().keySet().forEach(file -> claim(files, file, name));
            }
        }
        return new SecretUse(List.copyOf(pull), List.copyOf(mounted));
    }

    private static void claim(Map<String, String> files, String file, String secret) {
        String other = files.putIfAbsent(file, secret);
        if (other != null) {
            throw Marks.invalid("secrets " + other + " and " + secret + " both have a key " + file
                    + ", which can be only one file");
        }
    }
}
