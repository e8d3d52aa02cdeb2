package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** What a pod would run: answers every request with its own address. */
final class PodProcess {
    private PodProcess() {}

    /** Argument: the address to listen on, at port 8080. */
    public static void main(String[] arguments) throws IOException {
        byte[] answer = arguments[0].getBytes(UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(arguments[0], 8080), 0);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/", call -> {
            try (call) {
                call.getRequestBody().readAllBytes();
                call.sendResponseHeaders(200, answer.length);
                call.getResponseBody().write(answer);
            }
        });
        server.start();
        System.out.println("listening");
    }
}
