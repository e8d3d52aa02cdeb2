package sluice.local;

import static sluice.local.Workbench.function;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import sluice.core.Endpoint;

/**
 * A process to be killed. With {@code run} it keeps functions in both modes busy and says {@code ready}; with
 * {@code deploy} it deploys function after function, saying the name of each once that is done.
 */
public final class DoomedGateway {
    private DoomedGateway() {}

    /** {@code run|deploy DATA-DIRECTORY TAG}; the tag is in the arguments of every process that a function starts. */
    public static void main(String[] arguments) throws Exception {
        Workbench bench = Workbench.open(Path.of(arguments[1]));
        if (arguments[0].equals("run")) {
            run(bench, arguments[2]);
        } else {
            for (int i = 0; ; i++) {
                bench.deploy(function("f" + i, "cat"));
                System.out.println("f" + i);
            }
        }
    }

    private static void run(Workbench bench, String tag) throws Exception {
        String strays = "(setsid sleep " + tag + ".1 &); (setsid env -i sleep " + tag + ".2 &); ";
        bench.deploy(function("server", "sh -c '" + strays + "exec python3 -m http.server --bind 127.0.0.1 $PORT'")
                .variables(Map.of("mode", "http"))
                .labels(Map.of("com.openfaas.scale.min", "2")));
        bench.deploy(function("forks", "sh -c '" + strays + "exec env -i sleep " + tag + ".3'"));
        List<Endpoint> servers = bench.ready("server", 2);
        Endpoint endpoint = bench.ready("forks");
        for (int i = 0; i < 3; i++) {
            Thread caller = new Thread(() -> call(bench, endpoint));
            caller.setDaemon(true);
            caller.start();
        }
        servers.forEach(server -> System.out.println(server.port()));
        System.out.println("ready");
        new CountDownLatch(1).await();
    }

    private static void call(Workbench bench, Endpoint endpoint) {
        try {
            bench.get(endpoint, "/");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
