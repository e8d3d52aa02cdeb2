package sluice.access.token;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PublicJwk;
import io.jsonwebtoken.security.SignatureAlgorithm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A minimal OpenID Connect issuer on a loopback port, written for tests: a discovery document, a key set, and tokens
 * signed with RSA and EC keys. It can be down, slow, huge, and lie; its tokens can be anything.
 */
public final class TestIssuer implements AutoCloseable {
    public static final String AUDIENCE = "https://gw.example.net";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How it answers requests for its keys. */
    public enum Mood {
        WELL,
        FAILING,
        HUGE,
        REDIRECTING,
        SILENT,
        MANY_KEYS,
        OF_ANOTHER_NAME
    }

    public final KeyPair rsa = pair("RSA", "2048");
    public final KeyPair ec = pair("EC", "secp256r1");
    public final KeyPair p384 = pair("EC", "secp384r1");
    public final AtomicInteger keyRequests = new AtomicInteger();
    public final AtomicInteger requests = new AtomicInteger();
    public volatile Mood mood = Mood.WELL;
    public volatile Map<String, KeyPair> keys;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    public TestIssuer() {
        keys = Map.of("rsa-1", rsa, "ec-1", ec, "p384-1", p384);
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** Claims that are right in every way, to be changed by a test. */
    public Map<String, Object> claims() {
        long now = Instant.now().getEpochSecond();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", url());
        claims.put("sub", "alice");
        claims.put("aud", AUDIENCE);
        claims.put("iat", now);
        claims.put("exp", now + 600);
        claims.put("jti", "id-" + System.nanoTime());
        return claims;
    }

    public String token() {
        return token(claims());
    }

    public String token(Map<String, Object> claims) {
        return signed("ES256", "ec-1", ec.getPrivate(), claims);
    }

    /** Signed with jjwt. */
    public static String signed(String algorithm, String keyId, PrivateKey key, Map<String, Object> claims) {
        SignatureAlgorithm named = (SignatureAlgorithm) Jwts.SIG.get().forKey(algorithm);
        return Jwts.builder()
                .header()
                .keyId(keyId)
                .and()
                .content(write(claims))
                .signWith(key, named)
                .compact();
    }

    /** Any header and payload, signed as ES256 by this issuer's key whatever the header says. */
    public String raw(String header, String payload) {
        String signed = base64(header.getBytes(StandardCharsets.UTF_8)) + "."
                + base64(payload.getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(ec.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    public static byte[] write(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static KeyPair pair(String algorithm, String parameter) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (algorithm.equals("EC")) {
                generator.initialize(new ECGenParameterSpec(parameter));
            } else {
                generator.initialize(Integer.parseInt(parameter));
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        boolean isForKeys = exchange.getRequestURI().getPath().equals("/keys");
        if (isForKeys) {
            keyRequests.incrementAndGet();
        }
        switch (mood) {
            case FAILING -> send(exchange, 500, new byte[0]);
            case SILENT -> {} // until the client leaves
            case REDIRECTING -> {
                exchange.getResponseHeaders().set("Location", url() + "/elsewhere");
                send(exchange, 302, new byte[0]);
            }
            case HUGE -> send(exchange, 200, isForKeys ? new byte[5 << 20] : discovery(url()));
            case MANY_KEYS -> send(exchange, 200, isForKeys ? keySet(10_000) : discovery(url()));
            case OF_ANOTHER_NAME -> send(exchange, 200, isForKeys ? keySet(1) : discovery(url() + "/other"));
            case WELL -> send(exchange, 200, isForKeys ? keySet(1) : discovery(url()));
        }
    }

    private byte[] discovery(String issuer) {
        return write(Map.of("issuer", issuer, "jwks_uri", url() + "/keys"));
    }

    private byte[] keySet(int copies) {
        List<Map<String, ?>> all = new ArrayList<>();
        all.add(Map.of("kty", "oct", "kid", "mac-1", "k", base64(new byte[32]), "alg", "HS256"));
        for (int i = 0; i < copies; i++) {
            keys.forEach((id, pair) -> {
                PublicJwk<?> jwk = Jwks.builder().key(pair.getPublic()).id(id).build();
                all.add(new LinkedHashMap<>(jwk));
            });
        }
        return write(Map.of("keys", all));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException e) { // the client had enough
            exchange.close();
        }
    }
}
