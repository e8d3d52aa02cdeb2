package sluice.gateway;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import sluice.access.AccessConfig;
import sluice.core.HeapConfig;
import sluice.core.Settings;
import sluice.core.Text;
import sluice.core.calls.CallbackRules;
import sluice.fleet.nats.NatsConfig;
import sluice.http.AsyncConfig;
import sluice.http.HttpConfig;
import sluice.http.WatchConfig;
import sluice.invoker.InvokerConfig;
import sluice.kube.KubeConfig;
import sluice.local.LocalConfig;
import sluice.queue.QueueConfig;
import sluice.queue.callback.CallbackConfig;

/**
 * Settings of all parts and of the process itself.
 *
 * @param dataDir where the state of this machine lives
 * @param role what this process does; without NATS it is all
 * @param metricsPort TCP, on the address of the gateway; 0 takes a free one
 * @param provider who runs the functions
 * @param drainDelay between the wish to stop and the last accepted connection, so that balancers can look elsewhere
 * @param drain how long running calls may take to finish
 * @param logLevel of Sluice's own loggers; read by {@link Logging} itself
 * @param javaOptions read by the script {@code sluice} alone, and listed here so that it is documented
 */
public record GatewayConfig(
        Path dataDir,
        Role role,
        HttpConfig http,
        WatchConfig watch,
        int metricsPort,
        AccessConfig access,
        InvokerConfig invoker,
        ProviderKind provider,
        LocalConfig local,
        KubeConfig kube,
        AsyncConfig async,
        QueueConfig queue,
        CallbackConfig callbacks,
        CallbackRules callbackRules,
        NatsConfig nats,
        HeapConfig heap,
        Duration drainDelay,
        Duration drain,
        String logLevel,
        String javaOptions) {
    private static final List<String> LEVELS = List.of("off", "error", "warn", "info", "debug", "trace");

    /** Reads every setting there is; what is wrong with them is in {@link Settings#problems}. */
    public static GatewayConfig from(Settings settings) {
        Path dataDir = Path.of(settings.text(
                "SLUICE_DATA_DIR",
                ".sluice",
                "directory of functions, secrets, namespaces, asynchronous calls and the password"));
        return new GatewayConfig(
                dataDir,
                settings.choice(
                        "SLUICE_ROLE",
                        Role.ALL,
                        "gateway takes calls and makes none that is queued; worker makes those and has no public port"),
                HttpConfig.from(settings),
                WatchConfig.from(settings),
                settings.integer("SLUICE_METRICS_PORT", 8082, 0, 65_535, "port of /metrics; 0 takes a free one"),
                AccessConfig.from(settings, dataDir),
                InvokerConfig.from(settings),
                settings.choice(
                        "SLUICE_PROVIDER",
                        ProviderKind.LOCAL,
                        "who runs the functions: processes of this machine, or a Kubernetes cluster"),
                LocalConfig.from(settings, dataDir),
                KubeConfig.from(settings),
                AsyncConfig.from(settings),
                QueueConfig.from(settings),
                CallbackConfig.from(settings),
                CallbackRules.from(settings),
                NatsConfig.from(settings),
                HeapConfig.from(settings),
                settings.duration(
                        "SLUICE_DRAIN_DELAY", Duration.ZERO, "from SIGTERM until no more connections are accepted"),
                settings.duration("SLUICE_DRAIN", Duration.ofSeconds(30), "for running calls to finish after that"),
                settings.parsed(
                        "SLUICE_LOG_LEVEL",
                        String.join(", ", LEVELS),
                        "info",
                        "least level of what is logged, on the standard error stream",
                        GatewayConfig::level),
                settings.text("SLUICE_JAVA_OPTS", "", "options of the JVM, read by the script ./sluice"));
    }

    /**
     * As {@link #from}, for a gateway that is to run.
     *
     * @throws StartException with everything that is wrong with {@code environment}
     */
    static GatewayConfig read(Map<String, String> environment) {
        Settings settings = new Settings(environment);
        GatewayConfig config;
        try {
            config = from(settings);
        } catch (IllegalArgumentException e) {
            throw new StartException(String.valueOf(e.getMessage()));
        }
        List<String> problems = new ArrayList<>(settings.problems());
        InetAddress bind =
                NetUtil.createInetAddressFromIpAddressString(config.http().bind());
        if (bind == null) {
            problems.add("SLUICE_BIND: (" + Text.printable(config.http().bind()) + ") is no IP address");
        } else {
            problems.addAll(config.access().problems(bind));
            problems.addAll(config.access().problems(config.provider() == ProviderKind.K8S));
            problems.addAll(config.access().iam().problems(bind, config.http().port()));
        }
        if (config.role() != Role.ALL && !config.nats().isOn()) {
            problems.add("SLUICE_ROLE: (" + config.role() + ") needs a NATS server (SLUICE_NATS or faas_nats_address):"
                    + " without one, this process keeps its asynchronous calls to itself and must be all");
        }
        if (config.role() == Role.WORKER && !config.async().isOn()) {
            problems.add("SLUICE_ROLE: (worker) has nothing to do with async=false");
        }
        if (!problems.isEmpty()) {
            throw new StartException(problems);
        }
        return config;
    }

    /** Where clients reach the gateway, if nobody says otherwise. */
    String address() {
        String bind = http.bind().indexOf(':') < 0 ? http.bind() : "[" + http.bind() + "]";
        return (http.tlsCertificate().isEmpty() ? "http://" : "https://") + bind + ":" + http.port();
    }

    private static Optional<String> level(String text) {
        return Optional.of(text.toLowerCase(Locale.ROOT)).filter(LEVELS::contains);
    }
}
