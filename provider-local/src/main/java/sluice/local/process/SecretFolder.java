package sluice.local.process;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import sluice.core.Secret;

/**
 * The secrets that replicas of one version of a function see, as files. A change of a value replaces the file at once,
 * also for those who see the folder through a mount. Blocks; one writer at a time.
 */
public final class SecretFolder {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_READS =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--------"));

    private final Path folder;
    private final Path incoming;

    private SecretFolder(Path folder, Path incoming) {
        this.folder = folder;
        this.incoming = incoming;
    }

    /** An empty folder called {@code name} in {@code parent}. */
    public static SecretFolder create(Path parent, String name) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(parent, ownerOnly);
        return new SecretFolder(
                Files.createDirectory(parent.resolve(name), ownerOnly), parent.resolve(name + ".incoming"));
    }

    public Path path() {
        return folder;
    }

    /** Shows {@code secret}, or its new value. */
    public void put(Secret secret) throws IOException {
        Files.deleteIfExists(incoming);
        try (var channel = FileChannel.open(incoming, Set.of(CREATE_NEW, WRITE), OWNER_READS)) {
            ByteBuffer value = ByteBuffer.wrap(secret.value());
            while (value.hasRemaining()) {
                channel.write(value);
            }
        }
        Files.move(incoming, folder.resolve(secret.id().name()), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes the folder and what is in it. */
    public void delete() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
