package sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.util.internal.PlatformDependent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * Starts the gateway as {@code sluice up} does, has it answer one call of each kind, and stops it by a signal: the run in
 * which a JVM learns what to keep in the archive of a fast start (docs/adr/0006-archive-of-the-start.md).
 *
 * <p>Arguments: an empty directory for its data, and one where the native libraries of this machine are left, so that a
 * start need not unpack them (and needs no directory for that). Exit code 0 when all went well.
 */
final class Rehearsal {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String FUNCTION =
            "{\"service\":\"rehearsal\",\"image\":\"none\",\"envProcess\":\"cat\",\"namespace\":\"openfaas-fn\"}";

    private final Path data;
    private final Path libraries;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Rehearsal(Path data, Path libraries) {
        this.data = data;
        this.libraries = libraries;
    }

    public static void main(String[] arguments) throws Exception {
        System.exit(new Rehearsal(Path.of(arguments[0]), Path.of(arguments[1])).run());
    }

    private int run() throws Exception {
        PrintStream told = new PrintStream(out, true, UTF_8);
        Main main = new Main(told, told, Map.of());
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(
                () -> main.run("up", "--port", "0", "--metrics-port", "0", "--data-dir", data.toString()));
        URI gateway = awaitAddress("Gateway", ended);
        String password = Files.readString(data.resolve("credentials/basic-auth-password"))
                .trim();
        String credentials = "Authorization: Basic "
                + Base64.getEncoder().encodeToString(("admin:" + password).getBytes(UTF_8)) + "\r\n";
        call(gateway, "GET", "/healthz", "", "");
        call(gateway, "POST", "/system/functions", credentials, FUNCTION);
        call(gateway, "POST", "/function/rehearsal", "", "hello");
        call(gateway, "GET", "/system/functions", credentials, "");
        call(gateway, "GET", "/system/function/rehearsal", credentials, "");
        call(awaitAddress("Metrics", ended), "GET", "/metrics", "", "");
        raiseSignal();
        int code = ended.get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        keep(LibraryLoaderUtil.getNativeLibResourcePath() + "/" + LibraryLoaderUtil.getNativeLibName());
        keep("/META-INF/native/"
                + System.mapLibraryName("netty_transport_native_epoll_" + PlatformDependent.normalizedArch()));
        return code;
    }

    private void keep(String library) throws IOException {
        try (InputStream packed = Rehearsal.class.getResourceAsStream(library)) {
            if (packed != null) {
                Path unused = Files.createDirectories(libraries);
                long unusedSize =
                        Files.copy(packed, libraries.resolve(library.substring(library.lastIndexOf('/') + 1)));
            }
        }
    }

    private URI awaitAddress(String title, CompletableFuture<Integer> ended) throws Exception {
        Pattern row = Pattern.compile(title + " +(http://[^ /]+)");
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() < deadline && !ended.isDone()) {
            Matcher address = row.matcher(out.toString(UTF_8));
            if (address.find()) {
                return URI.create(address.group(1));
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new IOException("the gateway did not become ready: " + out.toString(UTF_8));
    }

    private static void call(URI server, String method, String path, String fields, String body) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write((method + " " + path + " HTTP/1.1\r\nHost: " + server.getAuthority() + "\r\n" + fields
                                    + "Connection: close\r\nContent-Type: application/json\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
            if (!answer.startsWith("HTTP/1.1 20")) {
                throw new IOException(
                        method + " " + path + ": " + answer.lines().findFirst().orElse("no answer"));
            }
        }
    }

    /** As {@link StopSignals}: by name. */
    private static void raiseSignal() throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        signal.getMethod("raise", signal)
                .invoke(null, signal.getConstructor(String.class).newInstance("TERM"));
    }
}
