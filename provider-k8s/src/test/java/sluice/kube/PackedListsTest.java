package sluice.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that come packed, in whatever parts the network makes of them. */
class PackedListsTest {
    private static final byte[] TEXT =
            "{\"kind\":\"List\",\"items\":[]}".repeat(10_000).getBytes(UTF_8);

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10, 11, 1_000, 1_000_000})
    void areUnpacked_inWhateverPartsTheyCome(int part) throws Exception {
        assertThat(received("/apis/apps/v1/deployments?limit=500", packed(TEXT), part))
                .isEqualTo(TEXT);
    }

    @Test
    void passAsTheyAre_whenTheyAreShort() throws Exception {
        byte[] plain = "{}".getBytes(UTF_8);
        assertThat(received("/apis/apps/v1/deployments?limit=500", plain, 1)).isEqualTo(plain);
    }

    @Test
    void areLeftAlone_whenNobodyAskedForThem() throws Exception {
        byte[] packed = packed(TEXT);
        assertThat(received("/api/v1/namespaces/a/pods/b/log?follow=true", packed, 100))
                .isEqualTo(packed);
    }

    @Test
    void areRefused_whenTheirHeaderSaysMoreThanExpected() throws Exception {
        byte[] named = packed(TEXT);
        named[3] = 8; // FNAME
        assertThatIOException()
                .isThrownBy(() -> received("/apis/apps/v1/deployments?limit=500", named, 100))
                .withMessageContaining("packed in a way that is not understood");
    }

    @Test
    void areAskedForByTheProvider() throws IOException {
        try (StubbedProvider bench = StubbedProvider.open(directory, Map.of())) {
            bench.run(bench.provider.deploy(Functions.named("echo").build()));
            assertThat(bench.routes.has(StubbedProvider.name("echo"))).isTrue();
            assertThat(bench.api.packedAnswers()).isPositive();
        }
    }

    private static byte[] received(String path, byte[] answer, int part) throws Exception {
        List<ByteBuffer> got = new ArrayList<>();
        HttpClient.Builder builder = new JdkHttpClientFactory().newBuilder();
        try (HttpClient client = builder.build()) {
            HttpRequest request = client.newHttpRequestBuilder()
                    .uri("http://127.0.0.1" + path)
                    .build();
            AsyncBody.Consumer<List<ByteBuffer>> consumer =
                    new PackedLists().consumer((parts, body) -> got.addAll(parts), request);
            for (int at = 0; at < answer.length; at += part) {
                consumer.consume(
                        List.of(ByteBuffer.wrap(answer, at, Math.min(part, answer.length - at))), new NoBody());
            }
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuffer each : got) {
            byte[] bytes = new byte[each.remaining()];
            each.get(bytes);
            all.write(bytes);
        }
        return all.toByteArray();
    }

    private static byte[] packed(byte[] text) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(text);
        }
        return packed.toByteArray();
    }

    private static final class NoBody implements AsyncBody {
        @Override
        public void consume() {}

        @Override
        public CompletableFuture<Void> done() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void cancel() {}
    }
}
