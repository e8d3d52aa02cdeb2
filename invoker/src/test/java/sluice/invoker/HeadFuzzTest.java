package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.core.CallIds;

/**
 * Coverage-guided fuzzing with Jazzer. In an ordinary build each target runs its seeds and every input that once broke it
 * ({@code src/test/resources/sluice/invoker/HeadFuzzTestInputs}), and {@link #any} looks for new ones for 20 s;
 * {@code docs/parsing.md} has the command for more.
 */
class HeadFuzzTest {
    private static final byte REQUEST_HEAD = 0;
    private static final byte RESPONSE_HEAD = 1;
    private static final byte CHUNKED_BODY = 2;
    private static final byte TARGET_AND_NAME = 3;
    private static final byte FORWARDED_HEAD = 4;

    private static final byte[] CHUNKED_HEAD =
            bytes("POST /function/f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    private static final byte[] USER_AGENT = bytes("User-Agent: sluice\r\n");
    private static final String NOT_FORWARDED =
            "connection|keep-alive|proxy-.*|te|trailer|upgrade|expect|http2-settings";

    private final DifferentialFuzz differential = new DifferentialFuzz(0);
    private final LoopState loop = new LoopState(
            0,
            new EmbeddedChannel().eventLoop(),
            EmbeddedChannel.class,
            Routes.DEFAULTS.heads(),
            CallIds.of(CallIds.newKey(), 0));

    static Stream<byte[]> requests() {
        return SmugglingCorpus.requests().stream().map(HeadFuzzTest::bytes);
    }

    static Stream<byte[]> bodies() {
        return SmugglingCorpus.BODIES.stream().map(HeadFuzzTest::bytes);
    }

    static Stream<byte[]> responses() {
        return SmugglingCorpus.responses().stream().map(HeadFuzzTest::bytes);
    }

    static Stream<byte[]> targets() {
        return SmugglingCorpus.TARGETS.stream().map(HeadFuzzTest::bytes);
    }

    static Stream<byte[]> all() {
        return Stream.of(
                        selecting(REQUEST_HEAD, requests()),
                        selecting(RESPONSE_HEAD, responses()),
                        selecting(CHUNKED_BODY, bodies()),
                        selecting(TARGET_AND_NAME, targets()),
                        selecting(FORWARDED_HEAD, requests()))
                .flatMap(it -> it);
    }

    /** Each of the targets below, chosen by the first byte: what every build runs guided for a moment. */
    @MethodSource("all")
    @FuzzTest
    void any(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        switch (input[0]) {
            case REQUEST_HEAD -> requestHead(rest);
            case RESPONSE_HEAD -> responseHead(rest);
            case CHUNKED_BODY -> chunkedBody(rest);
            case TARGET_AND_NAME -> targetAndName(rest);
            case FORWARDED_HEAD -> forwardedHead(rest);
            default -> {}
        }
    }

    @MethodSource("requests")
    @FuzzTest
    void requestHead(byte[] input) {
        check(MessageGenerator.Form.REQUEST_HEAD, input);
    }

    @MethodSource("responses")
    @FuzzTest
    void responseHead(byte[] input) {
        check(MessageGenerator.Form.RESPONSE, input);
    }

    @MethodSource("bodies")
    @FuzzTest
    void chunkedBody(byte[] input) {
        byte[] request = Arrays.copyOf(CHUNKED_HEAD, CHUNKED_HEAD.length + input.length);
        System.arraycopy(input, 0, request, CHUNKED_HEAD.length, input.length);
        check(MessageGenerator.Form.CHUNKED_BODY, request, input);
    }

    @MethodSource("targets")
    @FuzzTest
    void targetAndName(byte[] input) {
        Head head = loop.head;
        byte[] request = bytes("GET " + text(input) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        if (head.readRequest(Unpooled.wrappedBuffer(request)) != Head.Result.COMPLETE) {
            return;
        }
        Target target = new Target();
        switch (target.read(head.bytes, head.targetStart, head.targetEnd)) {
            case FUNCTION -> {
                assertThat(target.nameText()).matches("[-a-zA-Z0-9_.]{1,253}");
                String rest = head.text(target.restStart, target.end);
                assertThat(rest).matches("(?s)|[/?].*");
                assertThat(rest.replaceAll("\\?.*", "")
                                        .toLowerCase(Locale.ROOT)
                                        .replace("%2e", ".")
                                        .replace("%2f", "/") + "/")
                        .doesNotContain("/../", "/./");
            }
            case REDIRECT -> {
                String location = String.valueOf(target.location);
                assertThat(location).startsWith("/").doesNotStartWith("//").doesNotContain("\r", "\n");
                assertThat(target.read(bytes(location), 0, location.length())).isNotEqualTo(Target.Kind.REDIRECT);
            }
            case CONTROL, NOT_FOUND, BAD -> {}
        }
    }

    @MethodSource("requests")
    @FuzzTest
    void forwardedHead(byte[] input) {
        boolean isCall = loop.head.readRequest(Unpooled.wrappedBuffer(input)) == Head.Result.COMPLETE
                && loop.facts.read(loop.head) == null
                && loop.target.read(loop.head.bytes, loop.head.targetStart, loop.head.targetEnd)
                        == Target.Kind.FUNCTION;
        if (!isCall) {
            return;
        }
        boolean isChunked = loop.facts.isChunked;
        long length = loop.facts.contentLength;
        ForwardedHead written =
                ForwardedHead.write(loop, new Peer(), true, false, USER_AGENT, UnpooledByteBufAllocator.DEFAULT, 0);
        ByteBuf out = written.addressedTo(bytes("127.0.0.1:8081"));
        byte[] forwarded = bytes(out.toString(StandardCharsets.ISO_8859_1));
        out.release();
        written.release();

        SluiceReading strict = new SluiceReading();
        Reading ours = strict.read(SluiceReading.Kind.REQUESTS, forwarded, forwarded.length);
        Reading theirs = new NettyReading().read(SluiceReading.Kind.REQUESTS, forwarded);
        assertThat(ours.reason()).isEmpty();
        assertThat(ours.messages()).hasSize(1);
        assertThat(theirs.messages()).hasSize(1);
        assertThat(ours.messages().get(0).hasSameHead(theirs.messages().get(0))).isTrue();
        List<String> fields = ours.messages().get(0).fields().stream()
                .map(it -> it.toLowerCase(Locale.ROOT))
                .toList();
        assertThat(fields).filteredOn(it -> it.startsWith("host:")).containsExactly("host:127.0.0.1:8081");
        assertThat(fields).filteredOn(it -> it.startsWith("transfer-encoding:")).hasSize(isChunked ? 1 : 0);
        assertThat(fields)
                .filteredOn(it -> it.startsWith("content-length:"))
                .isEqualTo(length >= 0 ? List.of("content-length:" + length) : List.of());
        assertThat(fields).filteredOn(it -> it.startsWith("x-call-id:")).hasSize(1);
        if (!loop.facts.wantsUpgrade) {
            assertThat(fields).noneMatch(it -> it.matches("(?s)(?:" + NOT_FORWARDED + "):(?!trailers$).*"));
        }
    }

    private void check(MessageGenerator.Form form, byte[] input) {
        check(form, input, input);
    }

    private void check(MessageGenerator.Form form, byte[] bytes, byte[] input) {
        differential.check(new MessageGenerator.Case(0, form, bytes, bytes.length - input.length / 2));
    }

    private static Stream<byte[]> selecting(byte target, Stream<byte[]> seeds) {
        return seeds.map(seed -> {
            byte[] input = new byte[1 + seed.length];
            input[0] = target;
            System.arraycopy(seed, 0, input, 1, seed.length);
            return input;
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static final class Peer implements ForwardedHead.Sender {
        @Override
        public byte[] forwardedFor() {
            return bytes("192.0.2.1:40000");
        }

        @Override
        public boolean isTrusted() {
            return true;
        }
    }
}
