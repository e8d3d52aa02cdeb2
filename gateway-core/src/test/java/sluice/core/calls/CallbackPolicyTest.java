package sluice.core.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Settings;

/** Callbacks lead out, not in (reliability matrix, A16 and rule 6). */
class CallbackPolicyTest {
    private final CallbackPolicy policy = policy(Map.of(), false);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://hooks.example.com/in?b=c",
                "https://me:secret@hooks.example.com:8443",
                "HTTPS://HOOKS.example.com./x",
                "http://10.1.2.3:8080/in",
                "http://[fd00::1]/in",
                "http://gateway.openfaas:8080/function/next",
                "http://gateway.openfaas:8080/async-function/next.staging/a/b?c=d",
                "http://127.0.0.1:8080/function/next",
                "http://[::1]:8080/async-function/next"
            })
    void letsReceiversThrough(String url) {
        assertThat(policy.parse(url)).isEqualTo(URI.create(url));
    }

    @Test
    void leavesTheFragmentOut() {
        assertThat(policy.parse("http://hooks.test/in?b=c#part")).isEqualTo(URI.create("http://hooks.test/in?b=c"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/relative",
                "hooks.example.com/in",
                "//hooks.example.com/in",
                "http:hooks.example.com",
                "http:///in",
                "http://",
                "ht tp://foo",
                "http://me:secret@/in",
                "http://under_score.example/in",
                "http://a:0/",
                "http://a:65536/",
                "http://a b/",
                "http://a/\r\nX: y",
                "ftp://hooks.example.com/in",
                "file:///etc/passwd",
                "gopher://hooks.example.com/",
                "javascript:alert(1)",
                "unix:///run/docker.sock",
                "http://0.0.0.0/",
                "http://0.1.2.3/",
                "http://[::]/",
                "http://127.0.0.1/",
                "http://127.255.255.254:9000/",
                "http://[::1]/",
                "http://[::ffff:127.0.0.1]/",
                "http://[::127.0.0.1]/",
                "http://[64:ff9b::7f00:1]/",
                "http://[2002:7f00:1::]/",
                "http://169.254.169.254/latest/meta-data/",
                "http://[fe80::1]/",
                "http://[::ffff:169.254.169.254]/",
                "http://[64:ff9b::a9fe:a9fe]/",
                "http://224.0.0.1/",
                "http://[ff02::1]/",
                "http://255.255.255.255/",
                "http://240.0.0.1/",
                "http://nats.openfaas:4222/",
                "http://10.0.0.7:4222/",
                "http://gateway.openfaas:8080/",
                "http://gateway.openfaas:8080/system/functions",
                "http://gateway.openfaas:8080/function/",
                "http://gateway.openfaas:8080/function",
                "http://GATEWAY.openfaas:8080/System/functions",
                "http://gateway.openfaas:8080/function/../system/functions",
                "http://gateway.openfaas:8080/function/f/%2e%2e/%2e%2e/system",
                "http://gateway.openfaas:8080/function/f%2f..%2f..%2fsystem",
                "http://gateway.openfaas:8080//function/f",
                "http://gateway.openfaas:8080/async-function/a.b.c.d",
                "http://127.0.0.1:8080/system/functions",
                "http://127.0.0.1:8082/metrics"
            })
    void refusesEverythingElse(String url) {
        assertThatThrownBy(() -> policy.parse(url)).isInstanceOfSatisfying(FailureException.class, e -> {
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e.text()).startsWith("X-Callback-Url ").doesNotContain("secret");
        });
    }

    @Test
    void refusesALongUrl_namingTheLimit() {
        assertThatThrownBy(() -> policy.parse("http://a/" + "x".repeat(8_192)))
                .hasMessage("X-Callback-Url must have at most 8192 characters");
    }

    @ParameterizedTest
    @CsvSource({
        "93.184.216.34, false, ''",
        "10.0.0.1, false, ''",
        "192.168.1.1, true, ''",
        "127.0.0.1, true, leads to a loopback address",
        "169.254.169.254, false, 'leads to an unspecified, multicast, broadcast or link-local address'",
        "64:ff9b::a9fe:a9fe, false, 'leads to an unspecified, multicast, broadcast or link-local address'",
        "0.0.0.0, false, 'leads to an unspecified, multicast, broadcast or link-local address'"
    })
    void looksAtTheAddressThatANameLeadsTo(String address, boolean isLocal, String why) {
        assertThat(policy.refusal("hooks.example.com", 9_000, address(address), isLocal)
                        .orElse(""))
                .isEqualTo(why);
    }

    @Test
    void refusesItsOwnPorts_onAddressesOfThisMachineOnly() {
        InetAddress address = address("10.0.0.7");
        assertThat(policy.refusal("a", 8_080, address, true)).contains("leads to a port of this gateway");
        assertThat(policy.refusal("a", 8_080, address, false)).isEmpty();
        assertThat(policy.refusal("a", 4_222, address, false)).contains("leads to port 4222, which is the journal's");
    }

    @Test
    void allowsLoopback_whereFunctionsRunOnThisMachine_orItIsListed() {
        InetAddress loopback = address("127.0.0.1");
        assertThat(policy(Map.of(), true).refusal("localhost", 9_000, loopback, true))
                .isEmpty();
        assertThatCode(() -> policy(Map.of(), true).parse("http://127.0.0.1:9000/"))
                .doesNotThrowAnyException();
        CallbackPolicy listed = policy(Map.of("SLUICE_CALLBACK_ALLOW", "127.0.0.0/8"), false);
        assertThat(listed.refusal("localhost", 9_000, loopback, true)).isEmpty();
        assertThat(listed.refusal("localhost", 8_080, loopback, true)).isPresent();
    }

    @Test
    void followsTheOperatorsLists() {
        CallbackPolicy lists = policy(
                Map.of(
                        "SLUICE_CALLBACK_ALLOW", "Example.com, 10.0.0.0/8",
                        "SLUICE_CALLBACK_DENY", "internal.example.com,10.6.6.0/24,169.254.0.0/16"),
                false);
        assertThat(refusal(lists, "hooks.example.com", "93.184.216.34")).isEmpty();
        assertThat(refusal(lists, "example.com.", "93.184.216.34")).isEmpty();
        assertThat(refusal(lists, "badexample.com", "93.184.216.34"))
                .isEqualTo("leads to a host that is not allowed (SLUICE_CALLBACK_ALLOW)");
        assertThat(refusal(lists, "badexample.com", "10.1.1.1")).isEmpty();
        assertThat(refusal(lists, "a.internal.example.com", "93.184.216.34"))
                .isEqualTo("leads to a host that is denied (SLUICE_CALLBACK_DENY)");
        assertThat(refusal(lists, "hooks.example.com", "10.6.6.6"))
                .isEqualTo("leads to a host that is denied (SLUICE_CALLBACK_DENY)");
        assertThatThrownBy(() -> lists.parse("http://a.INTERNAL.example.com/")).hasMessageContaining("denied");

        CallbackPolicy never = policy(Map.of("SLUICE_CALLBACK_ALLOW", "169.254.0.0/16"), false);
        assertThat(refusal(never, "hooks.example.com", "169.254.169.254")).contains("link-local");
        CallbackPolicy names = policy(Map.of("SLUICE_CALLBACK_ALLOW", "example.com"), false);
        assertThatThrownBy(() -> names.parse("http://example.org/")).hasMessageContaining("not allowed");
    }

    @Test
    void readsItsSettings() {
        Settings settings = new Settings(Map.of(
                "SLUICE_CALLBACK_ALLOW", "300.1.1.1",
                "SLUICE_CALLBACK_DENY", "a b",
                "gateway_url", "gateway:8080"));
        CallbackRules rules = CallbackRules.from(settings);
        assertThat(settings.problems()).hasSize(3);
        assertThat(rules).isEqualTo(new CallbackRules(HostRules.NONE, HostRules.NONE, List.of()));
        assertThat(CallbackRules.from(new Settings(Map.of("gateway_url", "http://gw,https://GW.test:8443/")))
                        .ownAuthorities())
                .containsExactly("gw:80", "gw.test:8443");
    }

    @Test
    void readsCallsOfItsOwnFunctions() {
        assertThat(OwnUrl.of(URI.create("http://gw/function/f"))).contains(new OwnUrl(false, "f", ""));
        assertThat(OwnUrl.of(URI.create("http://gw/async-function/f.ns/a%20b?c=d")))
                .contains(new OwnUrl(true, "f.ns", "/a%20b?c=d"));
        assertThat(OwnUrl.of(URI.create("http://gw/function/f?c"))).contains(new OwnUrl(false, "f", "?c"));
    }

    private static String refusal(CallbackPolicy policy, String host, String address) {
        return policy.refusal(host, 443, address(address), false).orElse("");
    }

    private static CallbackPolicy policy(Map<String, String> settings, boolean isLoopbackAllowed) {
        Settings all = new Settings(
                settings.containsKey("gateway_url")
                        ? settings
                        : with(settings, "gateway_url", "http://gateway.openfaas:8080"));
        CallbackPolicy policy = new CallbackPolicy(
                CallbackRules.from(all),
                isLoopbackAllowed,
                port -> port == 4_222,
                port -> port == 8_080 || port == 8_082);
        assertThat(all.problems()).isEmpty();
        return policy;
    }

    private static InetAddress address(String literal) {
        return Objects.requireNonNull(NetUtil.createInetAddressFromIpAddressString(literal));
    }

    private static Map<String, String> with(Map<String, String> settings, String name, String value) {
        Map<String, String> more = new HashMap<>(settings);
        more.put(name, value);
        return more;
    }
}
