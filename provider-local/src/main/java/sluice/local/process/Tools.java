package sluice.local.process;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * The system's programs that start other programs, by absolute path, since a function brings its own {@code PATH}.
 *
 * @param nsenter null when missing, and so {@code unshare}
 */
public record Tools(
        String sh,
        String setsid,
        @Nullable String nsenter,
        @Nullable String unshare) {
    private static final String PLACES = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

    /**
     * Looks where such programs live.
     *
     * @throws FailureException {@link Failure#PROVIDER_FAILED} when this machine cannot run functions as processes
     */
    public static Tools find() {
        if (!Files.isReadable(Path.of("/proc/self/stat"))) {
            throw missing("/proc");
        }
        return new Tools(require("sh"), require("setsid"), look("nsenter"), look("unshare"));
    }

    private static String require(String name) {
        String path = look(name);
        if (path == null) {
            throw missing(name);
        }
        return path;
    }

    private static FailureException missing(String what) {
        return Failure.PROVIDER_FAILED.in(
                Component.PROVIDER,
                "functions as processes need Linux with util-linux: " + what + " is missing on this machine");
    }

    private static @Nullable String look(String name) {
        for (String place : PLACES.split(":", -1)) {
            Path file = Path.of(place, name);
            if (Files.isExecutable(file)) {
                return file.toString();
            }
        }
        return null;
    }
}
