package sluice.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** An authority that signs certificates of clients and takes them back, made by the JDK's keytool in one directory. */
public final class TestAuthority {
    private static final String PASSWORD = "changeit";

    private final Path directory;
    private final Path store;
    private final AtomicInteger made = new AtomicInteger();

    private TestAuthority(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("keys.p12");
    }

    /** A new one whose common name is {@code name}. */
    public static TestAuthority in(Path directory, String name) throws Exception {
        TestAuthority authority = new TestAuthority(Files.createDirectories(directory));
        authority.keytool(
                "-genkeypair",
                "-alias",
                "ca",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c=ca:true",
                "-ext",
                "ku:c=keyCertSign,cRLSign",
                "-validity",
                "2");
        return authority;
    }

    /** A client's certificate with its key and the way up to the authority. */
    public record Client(PrivateKey key, List<X509Certificate> chain, String alias) {
        public X509Certificate certificate() {
            return chain.get(0);
        }
    }

    /** A good client of this name. */
    public Client client(String subject) throws Exception {
        return client(subject, "-ext", "eku=clientAuth");
    }

    /** Some client, as the further arguments of keytool have it. */
    public Client client(String subject, String... more) throws Exception {
        String alias = "c" + made.incrementAndGet();
        List<String> arguments = new ArrayList<>(List.of(
                "-genkeypair", "-alias", alias, "-signer", "ca", "-signerkeypass", PASSWORD, "-dname", subject));
        if (Arrays.stream(more).noneMatch("-keyalg"::equals)) {
            arguments.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
        }
        if (Arrays.stream(more).noneMatch("-validity"::equals)) {
            arguments.addAll(List.of("-validity", "2"));
        }
        arguments.addAll(List.of(more));
        keytool(arguments.toArray(String[]::new));
        return read(alias);
    }

    /** Another authority below this one, which signs nothing here; its certificate is that of a client that is none. */
    public Client signedBySelf(String subject) throws Exception {
        String alias = "s" + made.incrementAndGet();
        keytool(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                subject,
                "-ext",
                "eku=clientAuth",
                "-validity",
                "2");
        return read(alias);
    }

    /** The authority's certificate as a PEM file. */
    public Path certificate() throws Exception {
        return write("ca.pem", List.of(keys().getCertificate("ca")));
    }

    /** The certificates of several authorities in one file of {@code directory}. */
    public static Path together(Path file, TestAuthority... authorities) throws Exception {
        StringBuilder all = new StringBuilder();
        for (TestAuthority each : authorities) {
            all.append(Files.readString(each.certificate()));
        }
        return Files.writeString(file, all);
    }

    /** A revocation list of these certificates, or of none; the file is replaced. */
    public Path revokes(Client... clients) throws Exception {
        Path next = directory.resolve("next.crl");
        List<String> arguments =
                new ArrayList<>(List.of("-gencrl", "-alias", "ca", "-rfc", "-validity", "2", "-file", next.toString()));
        if (clients.length == 0) {
            arguments.addAll(List.of("-id", "1"));
        }
        for (Client each : clients) {
            arguments.addAll(List.of("-id", each.certificate().getSerialNumber().toString()));
        }
        keytool(arguments.toArray(String[]::new));
        return Files.move(
                next,
                directory.resolve("ca.crl"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private Client read(String alias) throws IOException, GeneralSecurityException {
        KeyStore keys = keys();
        List<X509Certificate> chain = Arrays.stream(keys.getCertificateChain(alias))
                .map(X509Certificate.class::cast)
                .toList();
        return new Client((PrivateKey) keys.getKey(alias, PASSWORD.toCharArray()), chain, alias);
    }

    private KeyStore keys() throws IOException, GeneralSecurityException {
        return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    }

    private Path write(String name, List<Certificate> certificates) throws IOException, GeneralSecurityException {
        StringBuilder pem = new StringBuilder();
        for (Certificate each : certificates) {
            pem.append("-----BEGIN CERTIFICATE-----\n")
                    .append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(each.getEncoded()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return Files.writeString(directory.resolve(name), pem);
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD));
        Path log = directory.resolve("keytool.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("keytool failed: " + Files.readString(log));
        }
    }
}
