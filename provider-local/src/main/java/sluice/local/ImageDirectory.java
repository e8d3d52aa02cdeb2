package sluice.local;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Text;

/** Where the files of an image are on this machine, for there is nothing to pull here. Blocks. */
final class ImageDirectory {
    private static final String FILE = "file:";
    private static final Pattern TAG_OR_DIGEST = Pattern.compile("(:[^/:@]*)?(@[^/@]*)?$");
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]*");

    private ImageDirectory() {}

    /**
     * {@code DIR} for {@code file:DIR}, which must exist; else {@code <images>/<reference without tag>} if that exists.
     *
     * @return an absolute directory, or null when the image has no files here
     */
    static @Nullable Path find(Path images, String image) {
        try {
            return image.startsWith(FILE) ? named(image) : looked(images, image);
        } catch (InvalidPathException e) {
            throw refuse(image, "is no path");
        }
    }

    private static Path named(String image) {
        Path directory =
                Path.of(image.substring(FILE.length())).toAbsolutePath().normalize();
        if (!Files.isDirectory(directory)) {
            throw refuse(image, "is no directory on this machine");
        }
        return directory;
    }

    private static @Nullable Path looked(Path images, String image) {
        String reference = TAG_OR_DIGEST.matcher(image).replaceFirst("");
        for (String segment : reference.split("/", -1)) {
            if (!SEGMENT.matcher(segment).matches()) {
                throw refuse(image, "is no image reference");
            }
        }
        Path directory = images.toAbsolutePath().normalize().resolve(reference);
        return Files.isDirectory(directory) ? directory : null;
    }

    private static FailureException refuse(String image, String rule) {
        return Failure.INVALID_REQUEST.in(
                Component.PROVIDER, "validation failed: image: (" + Text.printable(image) + ") " + rule);
    }
}
