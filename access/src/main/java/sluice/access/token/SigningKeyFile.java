package sluice.access.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gateway's own key, EC on the curve P-256, in a PEM file: PKCS#8, or SEC1 as {@code openssl ecparam -genkey} writes
 * it. Blocks on the disk. Every message of a failure is one line and shows nothing of the key.
 */
final class SigningKeyFile {
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN (EC PRIVATE KEY|PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final int MOST_BYTES = 16_384;
    /** PKCS#8 around SEC1: version 0, algorithm ecPublicKey on P-256 (RFC 5208, 5; RFC 5480, 2.1). */
    private static final byte[] P256 = {
        0x02,
        0x01,
        0x00,
        0x30,
        0x13,
        0x06,
        0x07,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0xce,
        0x3d,
        0x02,
        0x01,
        0x06,
        0x08,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0xce,
        0x3d,
        0x03,
        0x01,
        0x07
    };

    private SigningKeyFile() {}

    static KeyPair read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " is larger than " + MOST_BYTES + " bytes");
        }
        Matcher pem = PEM.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw new IOException(file + " holds no private key in PEM form");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            byte[] encoded = pem.group(1).startsWith("EC") ? sequence(P256, octets(der)) : der;
            KeyFactory factory = KeyFactory.getInstance("EC");
            if (!(factory.generatePrivate(new PKCS8EncodedKeySpec(encoded)) instanceof ECPrivateKey key)
                    || !CurveP256.is(key.getParams())) {
                throw new IOException(file + " holds no key on the curve P-256");
            }
            ECPublicKeySpec point = new ECPublicKeySpec(CurveP256.publicPoint(key.getS()), key.getParams());
            return new KeyPair(factory.generatePublic(point), key);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + " holds no EC private key on the curve P-256");
        }
    }

    /** Makes a key and keeps it for the owner of the process only. */
    static void generate(Path file) throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
            String pem = "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
                    + "\n-----END PRIVATE KEY-----\n";
            write(file, pem.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new UncheckedIOException(new IOException("every JDK has P-256", e));
        }
    }

    static void write(Path file, byte[] content) throws IOException {
        Path directory = file.toAbsolutePath().normalize().getParent();
        if (directory == null) {
            throw new IOException("cannot keep a key in " + file);
        }
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path fresh = directory.resolve("." + file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(
                fresh, options, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static byte[] octets(byte[] content) {
        return tagged(0x04, content);
    }

    private static byte[] sequence(byte[] first, byte[] second) {
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return tagged(0x30, both);
    }

    private static byte[] tagged(int tag, byte[] content) {
        byte[] length = content.length < 128
                ? new byte[] {(byte) content.length}
                : prefixed(BigInteger.valueOf(content.length).toByteArray());
        byte[] all = new byte[1 + length.length + content.length];
        all[0] = (byte) tag;
        System.arraycopy(length, 0, all, 1, length.length);
        System.arraycopy(content, 0, all, 1 + length.length, content.length);
        return all;
    }

    private static byte[] prefixed(byte[] length) {
        byte[] all = new byte[length.length + 1];
        all[0] = (byte) (0x80 | length.length);
        System.arraycopy(length, 0, all, 1, length.length);
        return all;
    }
}
