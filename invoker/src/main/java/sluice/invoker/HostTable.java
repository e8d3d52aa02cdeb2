package sluice.invoker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.HostRoute;

/**
 * Hosts whose paths are calls of functions. Immutable, and made anew for each change; a look-up makes no object. The hosts are
 * in a table with open addressing, the paths of one host in a list, longest first.
 */
final class HostTable {
    /** No host at all. */
    static final HostTable NONE = of(List.of());

    private final @Nullable Host[] slots;
    private final int routes;

    private HostTable(@Nullable Host[] slots, int routes) {
        this.slots = slots;
        this.routes = routes;
    }

    /** One host's paths. */
    static final class Host {
        private final byte[] name;
        private final int hash;
        private final Path[] paths;

        Host(byte[] name, Path[] paths) {
            this.name = name;
            this.hash = HostTable.hash(name, 0, name.length);
            this.paths = paths;
        }

        /** What the path in {@code bytes[from, to)} means; null for nothing. */
        @Nullable Path find(byte[] bytes, int from, int to) {
            for (Path path : paths) {
                if (path.matches(bytes, from, to)) {
                    return path;
                }
            }
            return null;
        }
    }

    /** A path and the function behind it. */
    static final class Path {
        private final byte[] text;
        private final boolean isPrefix;
        /** NAME.NAMESPACE. */
        final byte[] function;

        Path(HostRoute route) {
            this.text = route.path().getBytes(StandardCharsets.US_ASCII);
            this.isPrefix = route.isPrefix();
            this.function = route.function().qualified().getBytes(StandardCharsets.US_ASCII);
        }

        private boolean matches(byte[] bytes, int from, int to) {
            return (isPrefix ? to - from >= text.length : to - from == text.length)
                    && Arrays.equals(text, 0, text.length, bytes, from, from + text.length);
        }

        /** Where in a path that begins at {@code from} the function's own begins: with the slash, if there is one. */
        int restStart(int from) {
            int end = from + text.length;
            return isPrefix && text[text.length - 1] == '/' ? end - 1 : end;
        }
    }

    static HostTable of(List<HostRoute> routes) {
        Map<String, List<HostRoute>> hosts = new HashMap<>();
        routes.forEach(route ->
                hosts.computeIfAbsent(route.host(), any -> new ArrayList<>()).add(route));
        @Nullable Host[] slots = new Host[Integer.highestOneBit(4 * (hosts.size() + 1))];
        hosts.forEach((name, paths) -> {
            paths.sort(
                    Comparator.comparingInt((HostRoute route) -> -route.path().length())
                            .thenComparing(HostRoute::isPrefix)); // the path itself before all that begins with it
            Host host = new Host(
                    name.getBytes(StandardCharsets.US_ASCII),
                    paths.stream().map(Path::new).toArray(Path[]::new));
            int at = host.hash & (slots.length - 1);
            while (slots[at] != null) {
                at = (at + 1) & (slots.length - 1);
            }
            slots[at] = host;
        });
        return new HostTable(slots, routes.size());
    }

    int size() {
        return routes;
    }

    /** The host that {@code bytes[from, to)} names, a port and one final dot set aside; null when it is not mapped. */
    @Nullable Host find(byte[] bytes, int from, int to) {
        int end = withoutPort(bytes, from, to);
        if (end > from && bytes[end - 1] == '.') {
            end--;
        }
        int mask = slots.length - 1;
        int hash = hash(bytes, from, end);
        for (int at = hash & mask; ; at = (at + 1) & mask) {
            Host host = slots[at];
            if (host == null) {
                return null;
            }
            if (host.hash == hash && isNamed(host.name, bytes, from, end)) {
                return host;
            }
        }
    }

    private static int withoutPort(byte[] bytes, int from, int to) {
        int at = to;
        while (at > from && Head.isDigit(bytes[at - 1])) {
            at--;
        }
        return at > from && bytes[at - 1] == ':' ? at - 1 : to;
    }

    private static boolean isNamed(byte[] name, byte[] bytes, int from, int to) {
        if (name.length != to - from) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (name[i] != lower(bytes[from + i])) {
                return false;
            }
        }
        return true;
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = to - from;
        for (int at = from; at < to; at++) {
            hash = 31 * hash + lower(bytes[at]);
        }
        return hash ^ hash >>> 15;
    }

    private static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
    }
}
