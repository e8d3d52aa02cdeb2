package sluice.access;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where {@link Users} are kept: two files in one directory, under the names of OpenFaaS, and one of further users. Every message of a
 * failure is one line and ends with the remedy.
 *
 * <p>Blocks on the disk; never used on an event loop.
 */
final class CredentialFiles {
    static final String USER = "basic-auth-user";
    static final String PASSWORD = "basic-auth-password";
    /** Further users, one {@code user:password} a line; may be missing. */
    static final String USERS = "basic-auth-users";

    private static final Logger log = LoggerFactory.getLogger(CredentialFiles.class);
    private static final long MAX_FILE_BYTES = 4_096;
    private static final long MAX_USERS_BYTES = 131_072;
    private static final int PASSWORD_LENGTH = 32;
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;

    CredentialFiles(Path directory) {
        this.directory = directory;
    }

    /** Reads both files, without the white space around their text, and those of further users. */
    Users read() throws IOException {
        for (String file : new String[] {USER, PASSWORD}) {
            if (!Files.isRegularFile(directory.resolve(file))) {
                throw new IOException("missing " + directory.resolve(file) + ": put " + USER + " and " + PASSWORD
                        + " into " + directory + ", or set basic_auth=false");
            }
        }
        try {
            List<Credentials> all = new ArrayList<>();
            all.add(Credentials.of(text(USER, MAX_FILE_BYTES), text(PASSWORD, MAX_FILE_BYTES)));
            if (Files.exists(directory.resolve(USERS))) {
                addUsers(all);
            }
            return new Users(all);
        } catch (IOException e) {
            throw new IOException("cannot use the credentials in " + directory + ": " + e.getMessage(), e);
        }
    }

    private void addUsers(List<Credentials> all) throws IOException {
        int number = 0;
        for (String line : text(USERS, MAX_USERS_BYTES).split("\n", -1)) {
            number++;
            String pair = line.strip();
            int colon = pair.indexOf(':');
            if (!pair.isEmpty() && !pair.startsWith("#")) {
                if (colon < 0) {
                    throw new IOException(USERS + ", line " + number + ": must be user:password");
                }
                try {
                    all.add(Credentials.of(pair.substring(0, colon), pair.substring(colon + 1)));
                } catch (IOException e) {
                    throw new IOException(USERS + ", line " + number + ": " + e.getMessage(), e);
                }
            }
        }
    }

    /** Reads the files; makes up a pair first when there is neither. */
    Users readOrGenerate() throws IOException {
        if (!Files.exists(directory.resolve(USER)) && !Files.exists(directory.resolve(PASSWORD))) {
            generate();
        }
        return read();
    }

    /**
     * Both files appear at once, since a crash must not leave one of two: they are written into a directory beside,
     * which takes the final name in one step.
     */
    private void generate() throws IOException {
        Path parent = directory.toAbsolutePath().normalize().getParent();
        if (parent == null) {
            throw new IOException("cannot keep credentials in " + directory + ": name another secret_mount_path");
        }
        Files.createDirectories(parent);
        Path fresh = Files.createTempDirectory(parent, ".credentials-", OWNER_DIRECTORY);
        try {
            write(fresh.resolve(USER), "admin");
            write(fresh.resolve(PASSWORD), randomPassword());
            sync(fresh);
            Files.move(fresh, directory, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            delete(fresh);
            throw new IOException(
                    "cannot write credentials to " + directory + " (" + e + "): make " + parent
                            + " writable and empty the directory",
                    e);
        }
        sync(parent);
        log.info("made up credentials; the password is in {}", directory.resolve(PASSWORD));
    }

    private String text(String file, long most) throws IOException {
        Path path = directory.resolve(file);
        if (Files.size(path) > most) {
            throw new IOException(file + " is larger than " + most + " bytes");
        }
        byte[] bytes = Files.readAllBytes(path);
        try {
            return new String(bytes, StandardCharsets.UTF_8).strip();
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static String randomPassword() {
        return new SecureRandom()
                .ints(PASSWORD_LENGTH, 0, ALPHABET.length())
                .map(ALPHABET::charAt)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static void write(Path file, String text) throws IOException {
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(file, options, OWNER_FILE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path fresh) throws IOException {
        Files.deleteIfExists(fresh.resolve(USER));
        Files.deleteIfExists(fresh.resolve(PASSWORD));
        Files.deleteIfExists(fresh);
    }
}
