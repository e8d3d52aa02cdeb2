package sluice.access;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.scheduler.Schedulers;
import sluice.access.revocation.DenyList;
import sluice.access.revocation.Pulse;
import sluice.access.revocation.RevocationConfig;
import sluice.access.token.CompactToken;
import sluice.access.token.SystemIssuer;
import sluice.access.token.TokenRules;
import sluice.access.token.TokenVerifier;
import sluice.access.token.VerifiedToken;
import sluice.core.AccessGate.Decision;
import sluice.core.CallHead;
import sluice.core.ConnectionFacts;
import sluice.core.FunctionName;
import sluice.core.Settings;
import sluice.core.fleet.FleetMember;
import sluice.core.fleet.LocalFleet;

/** What a guarded function's calls cost: a token that is known, and one that is new beside its bare signature. */
@NullUnmarked // JMH fills the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FunctionGateBenchmark {
    private static final String ISSUER = "https://gw.example.net";
    private static final FunctionName FUNCTION = new FunctionName("env", "dev");
    private static final ConnectionFacts PEER =
            new ConnectionFacts(new InetSocketAddress(InetAddress.getLoopbackAddress(), 50_000), false, null);

    private FunctionGate gate;
    private CallHead head;
    private TokenVerifier rsaVerifier;
    private TokenVerifier ecVerifier;
    private String rsaToken;
    private String ecToken;
    private KeyPair rsa;
    private KeyPair ec;
    private byte[] rsaSigned;
    private byte[] rsaSignature;
    private byte[] ecSigned;
    private byte[] ecSignature;

    @Setup
    public void open() throws IOException, GeneralSecurityException {
        Path home = Files.createTempDirectory("sluice-gate");
        IamConfig config = IamConfig.from(new Settings(Map.of("SLUICE_AUTH_CACHE_TTL", "1h")), home);
        SystemIssuer system = SystemIssuer.open(
                ISSUER, config.issuerKey(), true, config.ownSkew(), config.maxExpiry(), Clock.systemUTC());
        gate = new FunctionGate(
                config,
                system,
                new DenyList(
                        new LocalFleet(new FleetMember("bench", 0, Set.of())).map("access"),
                        RevocationConfig.from(new Settings(Map.of())),
                        new Pulse(System::nanoTime)),
                null,
                null,
                Schedulers.immediate(),
                FailureBudget.standard(),
                Clock.systemUTC(),
                System::nanoTime);
        head = head("Bearer " + system.sign(claims(true)));
        if (!(((Decision.Ask) gate.admit(head, PEER, FUNCTION, true)).answer().block() instanceof Decision.Allow)) {
            throw new IllegalStateException("the token does not count");
        }
        rsa = pair("RSA");
        ec = pair("EC");
        rsaToken = sign("RS256", "SHA256withRSA", rsa);
        ecToken = sign("ES256", "SHA256withECDSAinP1363Format", ec);
        rsaVerifier = verifier("RS256", rsa.getPublic());
        ecVerifier = verifier("ES256", ec.getPublic());
        rsaSigned = signed(rsaToken);
        rsaSignature = signature(rsaToken);
        ecSigned = signed(ecToken);
        ecSignature = signature(ecToken);
    }

    @Benchmark
    public Decision knownToken() {
        return gate.admit(head, PEER, FUNCTION, true);
    }

    @Benchmark
    public VerifiedToken newTokenRs256() {
        return rsaVerifier.verify(CompactToken.parse(rsaToken, TokenRules.FEDERATED));
    }

    @Benchmark
    public boolean bareSignatureRs256() throws GeneralSecurityException {
        return bare("SHA256withRSA", rsa.getPublic(), rsaSigned, rsaSignature);
    }

    @Benchmark
    public VerifiedToken newTokenEs256() {
        return ecVerifier.verify(CompactToken.parse(ecToken, TokenRules.FEDERATED));
    }

    @Benchmark
    public boolean bareSignatureEs256() throws GeneralSecurityException {
        return bare("SHA256withECDSAinP1363Format", ec.getPublic(), ecSigned, ecSignature);
    }

    private static boolean bare(String name, PublicKey key, byte[] signed, byte[] signature)
            throws GeneralSecurityException {
        Signature check = Signature.getInstance(name);
        check.initVerify(key);
        check.update(signed);
        return check.verify(signature);
    }

    private static TokenVerifier verifier(String algorithm, PublicKey key) {
        TokenRules rules =
                new TokenRules(ISSUER, Set.of(ISSUER), Set.of(algorithm), Duration.ofSeconds(5), Duration.ofHours(24));
        return new TokenVerifier(rules, Clock.systemUTC(), id -> key);
    }

    private static KeyPair pair(String kind) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        if (kind.equals("EC")) {
            generator.initialize(new ECGenParameterSpec("secp256r1"));
        } else {
            generator.initialize(2_048);
        }
        return generator.generateKeyPair();
    }

    private static ObjectNode claims(boolean isForFunctions) {
        long now = Instant.now().getEpochSecond();
        ObjectNode claims = JsonNodeFactory.instance.objectNode();
        claims.put("iss", ISSUER)
                .put("sub", "fed:alice")
                .put("iat", now)
                .put("exp", now + 7_200)
                .put("jti", "0d6c");
        claims.putArray("aud").add(ISSUER);
        claims.put("token_use", "function");
        if (isForFunctions) {
            claims.putObject("function").putArray("permissions").add("dev:env");
        }
        return claims;
    }

    private static String sign(String algorithm, String name, KeyPair pair) throws GeneralSecurityException {
        String text = base64("{\"alg\":\"" + algorithm + "\",\"kid\":\"k\",\"typ\":\"JWT\"}") + "."
                + base64(claims(true).toString());
        Signature signature = Signature.getInstance(name);
        signature.initSign(pair.getPrivate());
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] signed(String token) {
        return token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] signature(String token) {
        return Base64.getUrlDecoder().decode(token.substring(token.lastIndexOf('.') + 1));
    }

    private static CallHead head(String authorization) {
        byte[] bytes = ("host: x\r\nauthorization: " + authorization).getBytes(StandardCharsets.US_ASCII);
        int start = bytes.length - authorization.length();
        return new CallHead() {
            @Override
            public byte[] bytes() {
                return bytes;
            }

            @Override
            public int find(String name, int from) {
                return from <= 1 && name.equals("authorization") ? 1 : -1;
            }

            @Override
            public int valueStart(int field) {
                return start;
            }

            @Override
            public int valueEnd(int field) {
                return bytes.length;
            }
        };
    }
}
