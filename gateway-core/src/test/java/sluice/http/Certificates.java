package sluice.http;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/** A self-signed certificate for {@code localhost} as two PEM files, made by the JDK's keytool. */
public record Certificates(Path certificate, Path key) {
    /** Makes them in {@code directory}. */
    public static Certificates in(Path directory) throws IOException, InterruptedException, GeneralSecurityException {
        return of("localhost", "SAN=DNS:localhost,IP:127.0.0.1", directory, "cert.pem", "key.pem");
    }

    /** Makes those of another name, in files of these names, in place of others. */
    @CanIgnoreReturnValue
    static Certificates of(String name, Path directory, String certificate, String key)
            throws IOException, InterruptedException, GeneralSecurityException {
        return of(name, "SAN=DNS:" + name, directory, certificate, key);
    }

    private static Certificates of(String name, String alternative, Path directory, String certificate, String key)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = directory.resolve(".store.p12");
        Files.deleteIfExists(store);
        List<String> keytool = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-ext",
                alternative,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit");
        Process process = new ProcessBuilder(keytool).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException("keytool failed");
        }
        KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        return new Certificates(
                pem(
                        directory.resolve(certificate),
                        "CERTIFICATE",
                        keys.getCertificate("it").getEncoded()),
                pem(
                        directory.resolve(key),
                        "PRIVATE KEY",
                        keys.getKey("it", "changeit".toCharArray()).getEncoded()));
    }

    private static Path pem(Path file, String what, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(file, "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }
}
