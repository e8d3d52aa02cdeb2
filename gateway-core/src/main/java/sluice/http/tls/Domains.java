package sluice.http.tls;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.http.tls.NamedKeys.Loaded;

/**
 * The certificates that the server shows: a standard one, and one for each domain that a client may name (SNI, RFC 6066, 3).
 * The files are read again as they change. New connections get the new certificates, running ones keep what they have; files
 * that cannot be used leave the old certificates in force. Thread-safe.
 *
 * <p>TLS 1.2 and 1.3 with the ciphers that RFC 9113 leaves for HTTP/2, HTTP/2 before HTTP/1.1 (ALPN). OpenSSL is used when
 * its library is on the class path, else the JDK.
 */
public final class Domains implements MetricSource, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Domains.class);
    private static final String CERTIFICATE = ".crt";
    private static final String KEY = ".key";
    private static final int MOST = 1_000;

    private final Path certificate;
    private final Path key;
    private final @Nullable Path directory;
    private final Scheduler follower;
    private final LongAdder failures = new LongAdder();
    private final SslContext context;
    private final @Nullable ClientAuthorities clients;
    private volatile Loaded loaded;
    private String lastProblem = "";

    private Domains(Path certificate, Path key, @Nullable Path directory, ClientCertificates clients)
            throws IOException {
        this.certificate = certificate;
        this.key = key;
        this.directory = directory;
        this.loaded = new Loaded(0, CertifiedKey.read(certificate, key), domains(directory), null);
        this.clients = clients.isAsked() ? ClientAuthorities.open(clients) : null;
        this.context = context(new NamedKeys(() -> loaded), this.clients, clients.isRequired());
        this.follower = Schedulers.newBoundedElastic(1, 1, "http-certificates", 60, true);
    }

    /**
     * Reads all certificates and follows their files until closed. Blocks.
     *
     * @param directory of {@code DOMAIN.crt} and {@code DOMAIN.key}, or empty
     * @param clients whether they show certificates, too
     * @throws IllegalArgumentException one line that names the file which cannot be used
     */
    public static Domains open(
            String certificate, String key, String directory, ClientCertificates clients, Duration every) {
        Path domains = directory.isEmpty() ? null : Path.of(directory);
        try {
            Domains opened = new Domains(Path.of(certificate), Path.of(key), domains, clients);
            long millis = Math.max(100, every.toMillis());
            opened.follower.schedulePeriodically(opened::reload, millis, millis, TimeUnit.MILLISECONDS);
            return opened;
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot serve TLS: " + e.getMessage(), e);
        }
    }

    /** What handshakes are made with; always the same. */
    public SslContext context() {
        return context;
    }

    /** Whose certificates clients may show; null when they are not asked for any. */
    public @Nullable ClientAuthorities clients() {
        return clients;
    }

    /** Takes over what the files say now. */
    synchronized void reload() {
        try {
            if (clients != null && clients.reload()) {
                log.info("certificates of clients are judged by the changed authorities and lists");
            }
            Loaded before = loaded;
            CertifiedKey standard = CertifiedKey.read(certificate, key);
            Map<String, CertifiedKey> domains = domains(directory);
            if (!before.says(standard, domains)) {
                Loaded last = new Loaded(before.number(), before.standard(), before.domains(), null);
                loaded = new Loaded(before.number() + 1, standard, domains, last);
                log.info("new connections get the changed certificates");
            }
            lastProblem = "";
        } catch (IOException | RuntimeException e) {
            failures.increment();
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(lastProblem)) {
                log.warn("keeping the certificates and authorities read before: {}", problem);
            }
            lastProblem = problem;
        }
    }

    private static Map<String, CertifiedKey> domains(@Nullable Path directory) throws IOException {
        Map<String, CertifiedKey> keys = new HashMap<>();
        if (directory != null) {
            for (String domain : domainsIn(directory)) {
                keys.put(
                        domain.toLowerCase(Locale.ROOT),
                        CertifiedKey.read(directory.resolve(domain + CERTIFICATE), directory.resolve(domain + KEY)));
            }
        }
        return Map.copyOf(keys);
    }

    private static List<String> domainsIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<String> names = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(CERTIFICATE) && !name.startsWith("."))
                    .map(name -> name.substring(0, name.length() - CERTIFICATE.length()))
                    .sorted()
                    .limit(MOST + 1L)
                    .toList();
            if (names.size() > MOST) {
                throw new IOException(directory + " holds more than " + MOST + " certificates");
            }
            return names;
        }
    }

    private static SslContext context(NamedKeys keys, @Nullable ClientAuthorities clients, boolean isRequired)
            throws IOException {
        boolean isNative = OpenSsl.isAvailable() && SslProvider.isAlpnSupported(SslProvider.OPENSSL);
        SslContextBuilder builder = SslContextBuilder.forServer(keys)
                .sslProvider(isNative ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1));
        if (clients != null) {
            builder.trustManager(clients).clientAuth(isRequired ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        }
        return builder.build();
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> {
            Loaded now = loaded;
            Instant end = Stream.concat(Stream.of(now.standard()), now.domains().values().stream())
                    .map(CertifiedKey::end)
                    .min(Instant::compareTo)
                    .orElse(Instant.EPOCH);
            return List.of(
                    family(
                            "sluice_tls_certificate_expiry_timestamp_seconds",
                            MetricFamily.Type.GAUGE,
                            "When the first of the served certificates ends, seconds since 1970.",
                            (double) end.getEpochSecond()),
                    family(
                            "sluice_tls_reload_failures_total",
                            MetricFamily.Type.COUNTER,
                            "Times that changed files of certificates, authorities or revocation lists could not be used.",
                            (double) failures.sum()));
        });
    }

    @Override
    public void close() {
        follower.dispose();
    }

    private static MetricFamily family(String name, MetricFamily.Type type, String help, double value) {
        return new MetricFamily(name, type, help, List.of(new MetricFamily.Sample("", Map.of(), value)));
    }
}
