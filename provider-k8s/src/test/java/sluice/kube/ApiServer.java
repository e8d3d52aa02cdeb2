package sluice.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real kube-apiserver with its etcd and the kube-controller-manager, on loopback, out of the programs that
 * {@code deploy/dev/cluster --build} makes: in {@code $KUBE_BIN}, or where that script keeps them. There is no scheduler and
 * no kubelet, so pods stay pending.
 */
public final class ApiServer implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(90);
    static final String TOKEN = "0123456789abcdef";

    private final Path directory;
    private final List<String> arguments;
    private final Process etcd;
    private final boolean ownsEtcd;
    private final int port;
    private final @Nullable Process controllers;
    private Process server;

    private ApiServer(
            Path directory, Process etcd, boolean ownsEtcd, List<String> arguments, int port, boolean hasControllers)
            throws IOException {
        this.directory = directory;
        this.etcd = etcd;
        this.ownsEtcd = ownsEtcd;
        this.arguments = arguments;
        this.port = port;
        this.server = run(directory.resolve("apiserver.log"), arguments);
        this.controllers = hasControllers ? controllers() : null;
    }

    private Process controllers() throws IOException {
        return run(
                directory.resolve("controllers.log"),
                List.of(
                        program("kube-controller-manager"),
                        "--kubeconfig=" + kubeconfig(),
                        "--leader-elect=false",
                        "--bind-address=127.0.0.1",
                        "--secure-port=0",
                        "--concurrent-deployment-syncs=20",
                        "--concurrent-gc-syncs=20",
                        "--kube-api-qps=1000",
                        "--kube-api-burst=1000"));
    }

    /** Starts all of them; {@code directory} is empty and stays the caller's. */
    public static ApiServer start(Path directory) throws Exception {
        return start(directory, true);
    }

    /** What is written stays as it is: nobody makes pods or collects garbage. */
    public static ApiServer startWithoutControllers(Path directory) throws Exception {
        return start(directory, false);
    }

    private static ApiServer start(Path directory, boolean hasControllers) throws Exception {
        int etcdPort = freePort();
        int peerPort = freePort();
        int port = freePort();
        String etcdUrl = "http://127.0.0.1:" + etcdPort;
        String peerUrl = "http://127.0.0.1:" + peerPort;
        Process etcd = run(
                directory.resolve("etcd.log"),
                List.of(
                        program("etcd"),
                        "--data-dir=" + directory.resolve("etcd"),
                        "--listen-client-urls=" + etcdUrl,
                        "--advertise-client-urls=" + etcdUrl,
                        "--listen-peer-urls=" + peerUrl,
                        "--initial-advertise-peer-urls=" + peerUrl,
                        "--initial-cluster=default=" + peerUrl,
                        "--unsafe-no-fsync=true",
                        "--log-level=warn"));
        Path tokens = Files.writeString(directory.resolve("tokens.csv"), TOKEN + ",admin,admin,system:masters\n");
        Path key = directory.resolve("accounts.key");
        Path publicKey = directory.resolve("accounts.pub");
        writeKeys(key, publicKey);
        List<String> arguments = List.of(
                program("kube-apiserver"),
                "--etcd-servers=" + etcdUrl,
                "--bind-address=127.0.0.1",
                "--secure-port=" + port,
                "--cert-dir=" + directory.resolve("certs"),
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                "--service-account-key-file=" + publicKey,
                "--service-account-signing-key-file=" + key,
                "--service-cluster-ip-range=10.96.0.0/16",
                "--token-auth-file=" + tokens,
                "--authorization-mode=RBAC",
                "--disable-admission-plugins=ServiceAccount", // nobody makes the accounts
                "--max-requests-inflight=4000",
                "--max-mutating-requests-inflight=2000");
        ApiServer started = new ApiServer(directory, etcd, true, arguments, port, hasControllers);
        try {
            started.awaitReady();
            return started;
        } catch (Exception e) {
            started.close();
            throw e;
        }
    }

    /** A client with all rights. */
    public KubernetesClient admin() {
        return new KubernetesClientBuilder().withConfig(config(TOKEN)).build();
    }

    /** A file with all rights. */
    public Path kubeconfig() throws IOException {
        return kubeconfig("admin", TOKEN);
    }

    /** A file with the rights of whom {@code token} is. */
    Path kubeconfig(String user, String token) throws IOException {
        return Files.writeString(directory.resolve(user + ".kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: test
                clusters: [{name: test, cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}}]
                users: [{name: test, user: {token: "%s"}}]
                contexts: [{name: test, context: {cluster: test, user: test}}]
                """.formatted(port, token), UTF_8);
    }

    /** Ends the API server, not its etcd. */
    public void stop() {
        end(server);
    }

    /** Starts it again, on the same port. */
    public void startAgain() throws Exception {
        server = run(directory.resolve("apiserver-again.log"), arguments);
        awaitReady();
    }

    /** Another server on the same etcd, of which this one's clients know nothing; {@code directory} is empty. */
    ApiServer another(Path directory) throws Exception {
        int otherPort = freePort();
        List<String> other = arguments.stream()
                .map(argument -> argument.startsWith("--secure-port=")
                        ? "--secure-port=" + otherPort
                        : argument.startsWith("--cert-dir=") ? "--cert-dir=" + directory.resolve("certs") : argument)
                .toList();
        ApiServer started = new ApiServer(directory, etcd, false, other, otherPort, false);
        try {
            started.awaitReady();
            return started;
        } catch (Exception e) {
            started.close();
            throw e;
        }
    }

    long pid() {
        return server.pid();
    }

    @Override
    public void close() {
        if (controllers != null) {
            end(controllers);
        }
        end(server);
        if (ownsEtcd) {
            end(etcd);
        }
    }

    private Config config(String token) {
        return new ConfigBuilder()
                .withAutoConfigure(false)
                .withMasterUrl("https://127.0.0.1:" + port)
                .withOauthToken(token)
                .withTrustCerts(true)
                .withOnlyHttpWatches(true)
                .build();
    }

    private void awaitReady() throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        try (KubernetesClient client = admin()) {
            while (!isReady(client)) {
                if (System.nanoTime() > deadline || !server.isAlive() || !etcd.isAlive()) {
                    throw new IOException("the API server did not become ready: " + directory + "/*.log tell why");
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    private static boolean isReady(KubernetesClient client) {
        try {
            return "ok".equals(client.raw("/readyz"))
                    && client.namespaces().withName("default").get() != null;
        } catch (KubernetesClientException e) {
            return false;
        }
    }

    /** Its data goes with the test, so there is nothing to finish. */
    private static void end(Process process) {
        process.destroyForcibly().onExit().join();
    }

    private static Process run(Path log, List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static String program(String name) {
        return file(name).toString();
    }

    /** One of the files that {@code deploy/dev/cluster --build} makes. */
    static Path file(String name) {
        @Nullable String named = System.getenv("KUBE_BIN");
        List<Path> places = named != null ? List.of(Path.of(named)) : cached();
        return places.stream()
                .map(place -> place.resolve(name))
                .filter(Files::isReadable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "no " + name + " in " + places + ": deploy/dev/cluster --build makes it, KUBE_BIN says where"));
    }

    private static List<Path> cached() {
        @Nullable String cache = System.getenv("XDG_CACHE_HOME");
        Path clusters = Path.of(cache != null ? cache : System.getProperty("user.home") + "/.cache")
                .resolve("sluice/cluster");
        try (Stream<Path> versions = Files.list(clusters)) {
            return versions.sorted(Comparator.reverseOrder()).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void writeKeys(Path key, Path publicKey) throws IOException, NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        Files.writeString(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        Files.writeString(publicKey, pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    }

    private static String pem(String title, byte[] bytes) {
        return "-----BEGIN " + title + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + title
                + "-----\n";
    }
}
