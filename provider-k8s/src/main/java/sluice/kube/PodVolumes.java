package sluice.kube;

import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.VolumeProjectionBuilder;
import java.util.ArrayList;
import java.util.List;
import sluice.core.FunctionDeployment;

/** What a function finds in its file system: its secrets, and a place to write to if the rest is read-only. */
final class PodVolumes {
    private static final int LONGEST_LABEL = 63;
    private static final String VOLUME_SUFFIX = "-projected-secrets";
    private static final String SECRETS_PATH = "/var/openfaas/secrets";

    private PodVolumes() {}

    static List<Volume> volumes(FunctionDeployment function, SecretUse secrets) {
        List<Volume> volumes = new ArrayList<>();
        if (function.readOnlyRootFilesystem()) {
            volumes.add(new VolumeBuilder()
                    .withName("temp")
                    .withNewEmptyDir()
                    .endEmptyDir()
                    .build());
        }
        if (!secrets.mounted().isEmpty()) {
            List<VolumeProjection> sources = secrets.mounted().stream()
                    .map(secret -> new VolumeProjectionBuilder()
                            .withNewSecret()
                            .withName(secret)
                            .endSecret()
                            .build())
                    .toList();
            volumes.add(new VolumeBuilder()
                    .withName(secretsVolume(function))
                    .withNewProjected()
                    .withSources(sources)
                    .endProjected()
                    .build());
        }
        return volumes;
    }

    static List<VolumeMount> mounts(FunctionDeployment function, SecretUse secrets) {
        List<VolumeMount> mounts = new ArrayList<>();
        if (function.readOnlyRootFilesystem()) {
            mounts.add(new VolumeMountBuilder()
                    .withName("temp")
                    .withMountPath("/tmp")
                    .build());
        }
        if (!secrets.mounted().isEmpty()) {
            mounts.add(new VolumeMountBuilder()
                    .withName(secretsVolume(function))
                    .withMountPath(SECRETS_PATH)
                    .withReadOnly(true)
                    .build());
        }
        return mounts;
    }

    /** A volume's name is a label; that of a function may be as long as one by itself. */
    private static String secretsVolume(FunctionDeployment function) {
        String name = function.name().name();
        int room = LONGEST_LABEL - VOLUME_SUFFIX.length();
        return (name.length() <= room ? name : name.substring(0, room)) + VOLUME_SUFFIX;
    }
}
