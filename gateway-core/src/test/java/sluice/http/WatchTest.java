package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;

/** Watches over HTTP, as chunks of JSON. */
class WatchTest {
    private static final String ALL = "/apis/openfaas.com/v1/functions";
    private static final String FUNCTIONS = "/apis/openfaas.com/v1/namespaces/openfaas-fn/functions";

    private final TestGateway gateway = new TestGateway(Map.of(
            "SLUICE_WATCH_RECHECK",
            "100ms",
            "SLUICE_WATCH_BOOKMARKS",
            "100ms",
            "SLUICE_MAX_FOLLOWERS_PER_CLIENT",
            "2"));

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void tellsWholeFunctions_oneALine() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        try (ChunkReader watcher = watch(FUNCTIONS + "?watch=true")) {
            assertThat(watcher.status).isEqualTo(200);
            assertThat(watcher.head).contains("application/json").doesNotContainIgnoringCase("content-length");
            assertThat(watcher.next())
                    .isEqualTo(
                            "{\"type\":\"ADDED\",\"object\":{\"apiVersion\":\"openfaas.com/v1\",\"kind\":\"Function\","
                                    + "\"metadata\":{\"name\":\"a\",\"namespace\":\"openfaas-fn\",\"uid\":\"uid-1\","
                                    + "\"generation\":1,\"resourceVersion\":\"1001\","
                                    + "\"creationTimestamp\":\"2026-02-03T04:05:06Z\"},"
                                    + "\"spec\":{\"name\":\"a\",\"image\":\"example/a\"},"
                                    + "\"status\":{\"availableReplicas\":1,\"replicas\":1}}}\n");
            gateway.provider.put(scaled(SomeFunctions.named("a"), 3), List.of());
            assertThat(watcher.next()).contains("\"MODIFIED\"", "\"resourceVersion\":\"1002\"", "\"replicas\":3");
            gateway.provider.drop(new FunctionName("a", "openfaas-fn"));
            assertThat(watcher.next()).contains("\"DELETED\"", "\"resourceVersion\":\"1003\"", "\"replicas\":3");
        }
        Eventually.assertThat(this::watching, 0.0);
    }

    @Test
    void goesOnFromAList() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        String list = gateway.get(FUNCTIONS).body();
        String version = list.replaceFirst(".*?\"resourceVersion\":\"([0-9]+)\".*", "$1");
        gateway.provider.put(SomeFunctions.named("b"), List.of());

        try (ChunkReader watcher = watch(FUNCTIONS + "?watch=1&resourceVersion=" + version)) {
            assertThat(watcher.next()).contains("\"ADDED\"", "\"name\":\"b\"");
        }
    }

    @Test
    void saysWhenItsVersionIsNotRemembered_andEnds() {
        RawHttp.Reply reply = gateway.get(FUNCTIONS + "?watch=1&resourceVersion=12");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body())
                .isEqualTo("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                        + "\"status\":\"Failure\",\"message\":\"too old resource version: 12 (1000)\","
                        + "\"reason\":\"Expired\",\"code\":410}}\n");
    }

    @Test
    void tellsBookmarks_whileNothingHappens_andOneAtTheEnd() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        try (ChunkReader watcher =
                watch(FUNCTIONS + "?watch=1&resourceVersion=1001&allowWatchBookmarks=true&timeoutSeconds=1")) {
            String bookmark =
                    "{\"type\":\"BOOKMARK\",\"object\":{\"apiVersion\":\"openfaas.com/v1\",\"kind\":\"Function\","
                            + "\"metadata\":{\"resourceVersion\":\"1001\"}}}\n";
            assertThat(watcher.next()).isEqualTo(bookmark);
            int told = 1;
            for (String next = watcher.next(); !next.isEmpty(); next = watcher.next()) {
                assertThat(next).isEqualTo(bookmark);
                told++;
            }
            assertThat(told).isGreaterThan(1);
        }
        Eventually.assertThat(() -> ended("timeout"), 1.0);
    }

    @Test
    void tellsOneFunction_thatThePathNames() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.put(SomeFunctions.named("b"), List.of());
        try (ChunkReader watcher = watch(FUNCTIONS + "/b?watch=true")) {
            assertThat(watcher.next()).contains("\"ADDED\"", "\"name\":\"b\"");
            gateway.provider.put(scaled(SomeFunctions.named("a"), 2), List.of());
            gateway.provider.put(scaled(SomeFunctions.named("b"), 2), List.of());
            assertThat(watcher.next()).contains("\"MODIFIED\"", "\"name\":\"b\"");
        }
    }

    @Test
    void tellsALeavingFunction_asDeleted() throws Exception {
        gateway.provider.put(SomeFunctions.in("openfaas-fn", "a", Map.of("team", "blue")), List.of());
        try (ChunkReader watcher = watch(FUNCTIONS + "?watch=1&labelSelector=team%3Dblue")) {
            assertThat(watcher.next()).contains("\"ADDED\"");
            gateway.provider.put(SomeFunctions.in("openfaas-fn", "a", Map.of("team", "red")), List.of());
            assertThat(watcher.next()).contains("\"DELETED\"", "\"team\":\"blue\"", "\"resourceVersion\":\"1002\"");
        }
    }

    @Test
    void ends_onceTheCallerMayNotWatchAnyMore() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        try (ChunkReader watcher = watch(FUNCTIONS + "?watch=1")) {
            assertThat(watcher.next()).contains("ADDED");
            gateway.gate.forbidden.add("openfaas-fn");

            assertThat(watcher.next()).isEmpty();
        }
        Eventually.assertThat(() -> ended("denied"), 1.0);
    }

    @Test
    void tellsOfNamespacesThatTheCallerMaySee_andEndsWhenThoseChange() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.put(SomeFunctions.in("forbidden", "b", Map.of()), List.of());
        try (ChunkReader watcher = watch(ALL + "?watch=1")) {
            assertThat(watcher.next()).contains("\"name\":\"a\"");
            gateway.provider.put(SomeFunctions.in("forbidden", "c", Map.of()), List.of());
            gateway.provider.put(SomeFunctions.in("staging", "d", Map.of()), List.of());
            assertThat(watcher.next()).contains("\"name\":\"d\"");
            gateway.gate.forbidden.add("staging");

            assertThat(watcher.next()).isEmpty();
        }
    }

    @Test
    void refusesMoreWatchesThanItsBound_asAStatus() throws Exception {
        try (ChunkReader first = watch(ALL + "?watch=1");
                ChunkReader second = watch(ALL + "?watch=1")) {
            assertThat(first.status).isEqualTo(second.status).isEqualTo(200);
            RawHttp.Reply third = gateway.get(ALL + "?watch=1");

            assertThat(third.status()).isEqualTo(429);
            assertThat(third.body()).contains("\"reason\":\"TooManyRequests\"", "SLUICE_MAX_FOLLOWERS_PER_CLIENT");
        }
    }

    @Test
    void cutsOffAClientThatDoesNotRead() throws Exception {
        FunctionStatus large = large();
        try (ChunkReader slow = watch(ALL + "?watch=1&resourceVersion=1000")) {
            for (int i = 1; ended("slow") == 0 && i < 20_000; i++) {
                gateway.provider.put(scaled(large, i), List.of());
            }
            assertThat(ended("slow")).isEqualTo(1);
            assertThat(slow.isCut()).isTrue();
        }
        assertThat(watching()).isZero();
    }

    private ChunkReader watch(String target) throws Exception {
        return new ChunkReader(gateway.server.port(), target, TestGateway.CREDENTIALS);
    }

    private double watching() {
        return metric("sluice_watches", "");
    }

    private double ended(String reason) {
        return metric("sluice_watches_ended_total", reason);
    }

    private double metric(String name, String reason) {
        return Eventually.value(gateway.history.collect()).stream()
                .filter(family -> family.name().equals(name))
                .flatMap(family -> family.samples().stream())
                .filter(sample -> sample.labels().getOrDefault("reason", "").equals(reason))
                .findFirst()
                .orElseThrow()
                .value();
    }

    private static FunctionStatus scaled(FunctionStatus status, int replicas) {
        return new FunctionStatus(status.deployment(), replicas, replicas, status.createdAt(), null);
    }

    private static FunctionStatus large() {
        FunctionStatus status = SomeFunctions.named("a");
        FunctionDeployment one = status.deployment();
        FunctionDeployment deployment = new FunctionDeployment(
                one.name(),
                one.image(),
                null,
                Map.of("FILLING", "x".repeat(20_000)),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
        return new FunctionStatus(deployment, 1, 1, status.createdAt(), null);
    }
}
