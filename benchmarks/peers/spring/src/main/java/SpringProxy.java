import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** Spring Cloud Gateway with one route and one event loop. Arguments: own port, the upstream's port. */
@EnableAutoConfiguration
public class SpringProxy {
    public static void main(String[] args) {
        System.setProperty("reactor.netty.ioWorkerCount", "1");
        String gateway = "spring.cloud.gateway.server.webflux.";
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("server.address", "127.0.0.1");
        settings.put("server.port", args[0]);
        settings.put("logging.level.root", "warn");
        settings.put("spring.main.banner-mode", "off");
        settings.put(gateway + "trusted-proxies", ".*"); // X-Forwarded-For is written only for those
        settings.put(gateway + "httpclient.pool.max-connections", 10_000);
        settings.put(gateway + "httpclient.pool.acquire-timeout", 300_000);
        settings.put(gateway + "routes[0].id", "up");
        settings.put(gateway + "routes[0].uri", "http://127.0.0.1:" + args[1]);
        settings.put(gateway + "routes[0].predicates[0]", "Path=/function/up/**");
        settings.put(gateway + "routes[0].filters[0]", "StripPrefix=2");
        SpringApplication application = new SpringApplication(SpringProxy.class);
        application.setDefaultProperties(settings);
        application.run();
    }
}
