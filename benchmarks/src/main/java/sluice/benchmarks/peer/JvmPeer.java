package sluice.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import sluice.benchmarks.load.Shape;

/**
 * A proxy of this module, in a JVM of its own.
 *
 * @param functions in the route table, beside the one called {@code up}; ten of them get all calls, if there are any
 * @param settings of the gateway that differ from what is shipped
 */
record JvmPeer(String name, Jvm jvm, Class<?> main, String what, int functions, Map<String, String> settings)
        implements Peer {
    private static final int CALLED = 10;

    JvmPeer {
        settings = Map.copyOf(settings);
    }

    static JvmPeer sluice(String name, Jvm jvm, int functions, Map<String, String> settings) {
        return new JvmPeer(name, jvm, BenchGateway.class, "everything on", functions, settings);
    }

    static JvmPeer reactor(Jvm jvm) {
        return new JvmPeer("reactor", jvm, ReactorProxy.class, "HttpServer + HttpClient, idiomatic", 0, Map.of());
    }

    @Override
    public String setup() {
        return what
                + (functions == 0 ? "" : "; " + functions + " functions")
                + (settings.isEmpty() ? "; settings as shipped" : "; " + settings)
                + "; 1 event loop; "
                + String.join(" ", jvm.flags());
    }

    @Override
    public String remedy() {
        return "";
    }

    @Override
    public String version() throws IOException {
        return jvm.version();
    }

    @Override
    public boolean needsWarmUp() {
        return true;
    }

    @Override
    public boolean supports(Shape shape) {
        return main != ReactorProxy.class || shape.kind() != Shape.Kind.MESSAGES;
    }

    @Override
    public boolean hasProbe() {
        return true;
    }

    @Override
    public List<String> prefixes() {
        return functions == 0
                ? List.of("/function/up")
                : IntStream.range(0, CALLED)
                        .mapToObj(i -> "/function/" + FixedProvider.name(i * (functions / CALLED)))
                        .toList();
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) {
        List<String> args = new ArrayList<>(List.of(
                Integer.toString(port), Integer.toString(upstreamPort), dir.toString(), Integer.toString(functions)));
        settings.forEach((name, value) -> args.add(name + "=" + value));
        return jvm.command(main, args.toArray(String[]::new));
    }
}
