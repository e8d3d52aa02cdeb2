package sluice.benchmarks.peer;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * All peers that are known.
 *
 * @param jvm of those on the JVM
 * @param home the checkout, under which {@code benchmarks/peers} is
 * @param settings of Sluice that differ from what is shipped
 */
public record Peers(Jvm jvm, Path home, Map<String, String> settings) {
    /** Measured when nobody says otherwise. */
    public static final List<String> QUICK = List.of("sluice", "nginx", "haproxy", "reactor");

    /** All names. */
    public static final List<String> ALL = List.of(
            "sluice", "nginx", "haproxy", "floor", "envoy", "caddy", "openfaas", "undertow", "reactor", "spring");

    public Peers {
        settings = Map.copyOf(settings);
    }

    /** The peer of that name, one of {@link #ALL}. */
    public Peer named(String name) {
        return switch (name) {
            case "sluice" -> JvmPeer.sluice(name, jvm, 0, settings);
            case "nginx" -> new Nginx();
            case "haproxy" -> new Haproxy();
            case "floor" -> new Floor();
            case "envoy" -> new Envoy();
            case "caddy" -> new Caddy();
            case "openfaas" -> new Unobtainable(name, "not obtainable, the Go module proxy refuses its module");
            case "undertow" -> maven(name, "UndertowProxy", "undertow-core", "ProxyHandler, 1 I/O thread; ");
            case "reactor" -> JvmPeer.reactor(jvm);
            case "spring" ->
                maven(name, "SpringProxy", "spring-cloud-gateway-server-webflux", "one route, StripPrefix; ");
            default -> throw new IllegalArgumentException("(" + name + ") is not one of " + ALL);
        };
    }

    /** Sluice with {@code functions} in its route table, ten of which are called. */
    public Peer sluiceWith(int functions) {
        return JvmPeer.sluice("sluice-" + functions, jvm, functions, settings);
    }

    private MavenPeer maven(String name, String main, String library, String what) {
        return new MavenPeer(
                name,
                jvm,
                home.resolve("benchmarks").resolve("peers").resolve(name),
                main,
                library,
                what + String.join(" ", jvm.flags()));
    }
}
