package sluice.local.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Who listens on a TCP port of this machine, and who is connected to it, from {@code /proc/net} (Linux). Blocks. */
public final class ListeningSockets {
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final Set<String> LOOPBACK_OR_ANY = Set.of(
            "0100007F",
            "00000000",
            "00000000000000000000000000000000",
            "0000000000000000FFFF00000100007F",
            "0000000000000000FFFF000000000000");
    private static final String ESTABLISHED = "01";
    private static final String LISTEN = "0A";

    private ListeningSockets() {}

    /** Whether one of {@code processes} listens on {@code port} where 127.0.0.1 reaches it. */
    public static boolean isListening(Collection<ProcessTable.Entry> processes, int port) throws IOException {
        Set<String> sockets = new HashSet<>();
        for (String[] field : sockets(port, LISTEN)) {
            if (LOOPBACK_OR_ANY.contains(field[1].substring(0, field[1].indexOf(':')))) {
                sockets.add("socket:[" + field[9] + "]");
            }
        }
        return !sockets.isEmpty() && processes.stream().anyMatch(process -> holdsOneOf(process.pid(), sockets));
    }

    /** Whether anybody is connected to {@code port}. */
    public static boolean isConnected(int port) throws IOException {
        return !sockets(port, ESTABLISHED).isEmpty();
    }

    /**
     * Whether somebody of this machine, at {@code peerPort}, has given up a connection to {@code port}. It is the peer's
     * socket that tells: its end of stream may still wait behind bytes that nobody reads.
     */
    public static boolean isLeft(int port, int peerPort) throws IOException {
        String remote = portSuffix(port);
        return sockets(peerPort, ESTABLISHED).stream().noneMatch(field -> field[2].endsWith(remote));
    }

    private static List<String[]> sockets(int localPort, String state) throws IOException {
        String suffix = portSuffix(localPort);
        List<String[]> found = new ArrayList<>();
        for (Path table : TABLES) {
            if (!Files.exists(table)) {
                continue; // no IPv6
            }
            for (String line : Files.readAllLines(table, ISO_8859_1)) {
                String[] field = line.trim().split(" +", 11);
                if (field.length > 9 && field[1].endsWith(suffix) && field[3].equals(state)) {
                    found.add(field);
                }
            }
        }
        return found;
    }

    private static String portSuffix(int port) {
        return String.format(Locale.ROOT, ":%04X", port);
    }

    private static boolean holdsOneOf(long pid, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors) {
                if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return false; // it has just ended or closed one
        }
        return false;
    }
}
