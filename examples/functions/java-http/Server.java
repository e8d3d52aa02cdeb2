import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A function that stays: a web server in one source file, run with {@code java Server.java}. It counts its calls, which
 * a process per call could not, and listens where the variable PORT says.
 */
final class Server {
    private final AtomicLong calls = new AtomicLong();

    public static void main(String[] args) throws IOException {
        // Or each small answer waits 40 ms for the acknowledgement of its head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        http.setExecutor(Executors.newFixedThreadPool(8));
        http.createContext("/_/health", exchange -> answer(exchange, "OK\n"));
        http.createContext("/", new Server()::greet);
        http.start();
    }

    private void greet(HttpExchange exchange) throws IOException {
        String name = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).strip();
        answer(
                exchange,
                "Hello, " + (name.isEmpty() ? "stranger" : name) + "! You asked for " + exchange.getRequestURI()
                        + ", call " + calls.incrementAndGet() + " of this replica on Java " + Runtime.version() + ".\n");
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        boolean isHead = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(200, isHead ? -1 : body.length);
        if (!isHead) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }
}
