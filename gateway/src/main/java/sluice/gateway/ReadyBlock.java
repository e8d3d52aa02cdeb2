package sluice.gateway;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.VersionInfo;

/** What a person at a terminal is told when the gateway is ready: where it is, who may, and a line to paste. */
final class ReadyBlock {
    private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0");

    private static final int MOST_SHOWN = 20;

    private final Gateway gateway;
    private final GatewayConfig config;

    ReadyBlock(Gateway gateway) {
        this.gateway = gateway;
        this.config = gateway.config();
    }

    /** {@code problems} are lines about what is not as it was asked for. */
    String text(List<String> problems) {
        List<String> functions = gateway.functions().all().stream()
                .map(FunctionStatus::name)
                .map(this::called)
                .toList();
        StringBuilder out =
                new StringBuilder("\nSluice " + VersionInfo.current().release() + " is ready.\n\n");
        boolean isGateway = config.role().isGateway();
        row(
                out,
                isGateway ? "Gateway" : "Worker",
                isGateway
                        ? isSeparate() ? url() : url() + "  (in a browser too: " + url() + "/ui/)"
                        : "makes the calls that gateways have queued; nobody can call it");
        if (isSeparate()) {
            row(out, "Control", controlUrl() + "  (in a browser too: " + controlUrl() + "/ui/)");
        }
        row(out, "Metrics", metrics());
        if (isGateway) {
            user(out);
        }
        row(out, "Functions", functions.isEmpty() ? "none yet" : shown(functions));
        problems.forEach(problem -> row(out, "Problem", problem));
        return out.append("\n  ").append(curl(functions)).append("\n\n").toString();
    }

    private void user(StringBuilder out) {
        if (gateway.user().isEmpty()) {
            row(out, "User", "none: whoever reaches this port may deploy (basic_auth=false)");
        } else {
            row(out, "User", gateway.user());
            row(out, "Password", "in the file " + password());
        }
    }

    private static String shown(List<String> functions) {
        return functions.size() <= MOST_SHOWN
                ? String.join(", ", functions)
                : String.join(", ", functions.subList(0, MOST_SHOWN)) + " and " + (functions.size() - MOST_SHOWN)
                        + " more";
    }

    private String curl(List<String> functions) {
        if (!config.role().isGateway()) {
            return "curl " + metrics();
        }
        if (!functions.isEmpty()) {
            return "curl -d hello " + url() + "/function/" + (functions.contains("wc") ? "wc" : functions.get(0));
        }
        return gateway.user().isEmpty()
                ? "curl " + controlUrl() + "/system/functions"
                : "curl -u \"" + gateway.user() + ":$(cat '" + password() + "')\" " + controlUrl()
                        + "/system/functions";
    }

    private String metrics() {
        return "http://" + host() + ":" + gateway.metricsPort() + "/metrics";
    }

    private boolean isSeparate() {
        return config.role().isGateway() && config.http().controlPort() >= 0;
    }

    private String url() {
        return scheme() + host() + ":" + gateway.port();
    }

    private String controlUrl() {
        return scheme() + host(config.http().controlBind()) + ":" + gateway.controlPort();
    }

    private String scheme() {
        return config.http().tlsCertificate().isEmpty() ? "http://" : "https://";
    }

    private String host() {
        return host(config.http().bind());
    }

    /** An address that can be called from here; an IPv6 one as a URL wants it. */
    private static String host(String bind) {
        String host = EVERY_ADDRESS.contains(bind) ? "127.0.0.1" : bind;
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }

    private Path password() {
        return config.access().credentials().resolve("basic-auth-password");
    }

    private String called(FunctionName name) {
        return name.namespace().equals(config.invoker().defaultNamespace()) ? name.name() : name.qualified();
    }

    private static void row(StringBuilder out, String title, String value) {
        out.append(String.format("  %-11s %s%n", title, value));
    }
}
