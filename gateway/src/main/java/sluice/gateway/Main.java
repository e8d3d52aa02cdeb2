package sluice.gateway;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.Settings;
import sluice.core.VersionInfo;

/**
 * The command line. Answers go to the standard output, problems as one line each to the standard error stream; exit
 * code 0, or 1 when Sluice could not do what it was asked.
 */
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;

    Main(PrintStream out, PrintStream err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.environment = environment;
    }

    /** Runs what {@code arguments} ask for; {@code --help} tells what that can be. */
    public static void main(String[] arguments) {
        System.exit(new Main(System.out, System.err, System.getenv()).run(arguments));
    }

    /** The exit code. */
    int run(String... arguments) {
        try {
            Command command = Command.parse(arguments);
            if (command instanceof Command.Up up) {
                up(up);
            } else if (command instanceof Command.Version) {
                VersionInfo version = VersionInfo.current();
                out.println("sluice " + version.release() + " (" + version.sha() + ")");
            } else if (command instanceof Command.ListSettings list) {
                out.print(
                        list.asMarkdown() ? settings().asMarkdown() : settings().asText());
            } else {
                out.print(help());
            }
            return 0;
        } catch (StartException e) {
            e.lines().forEach(line -> err.println("sluice: " + line));
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private void up(Command.Up up) throws InterruptedException {
        Map<String, String> asked = new HashMap<>(environment);
        asked.putAll(up.settings());
        GatewayConfig config = GatewayConfig.read(asked);
        List<FunctionDeployment> deployments = deployments(up, config.invoker().defaultNamespace());
        StopSignals signals = StopSignals.install();
        Gateway gateway = Gateway.start(config);
        ReadyBlock ready = new ReadyBlock(gateway);
        gateway.rollOut(deployments, PATIENCE)
                .onErrorResume(e -> Mono.just(List.of("cannot deploy the stacks: " + e)))
                .subscribe(problems -> out.print(ready.text(problems)));
        signals.await();
        log.info("stopping: running calls may finish, a second signal ends them");
        Thread impatience = new Thread(() -> abort(signals, gateway), "gateway-abort");
        impatience.setDaemon(true);
        impatience.start();
        gateway.stop();
    }

    private static void abort(StopSignals signals, Gateway gateway) {
        try {
            signals.await();
            gateway.abort();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<FunctionDeployment> deployments(Command.Up up, String defaultNamespace) {
        Map<FunctionName, FunctionDeployment> deployments = new LinkedHashMap<>();
        up.stacks()
                .forEach(file -> StackFile.read(file, environment)
                        .deployments(defaultNamespace)
                        .forEach(deployment -> {
                            if (deployments.put(deployment.name(), deployment) != null) {
                                throw new StartException(file + ": functions."
                                        + deployment.name().name()
                                        + ": another stack has this function too; keep one of them");
                            }
                        }));
        return new ArrayList<>(deployments.values());
    }

    private static SettingsPage settings() {
        Settings settings = new Settings(Map.of());
        GatewayConfig unused = GatewayConfig.from(settings);
        return new SettingsPage(settings.known());
    }

    private static String help() {
        StringBuilder help = new StringBuilder("""
                Sluice, a gateway through which HTTP clients call functions.

                Usage: sluice up [options]           run the gateway until Ctrl-C or SIGTERM
                       sluice settings [--markdown]  list every setting
                       sluice bench [options]        measure this machine; sluice bench --help tells more
                       sluice --version | --help

                Options of up, each of which wins over the setting of the same meaning:
                """);
        for (UpOption option : UpOption.values()) {
            help.append(option.help()).append('\n');
        }
        help.append("\nSettings, as environment variables (type; default):\n")
                .append(settings().asText());
        return help.toString();
    }
}
