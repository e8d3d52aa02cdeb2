package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionStatus;
import sluice.core.InMemoryProvider;

/** The page at {@code /ui/} in a real browser. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class UiPageTest {
    private static final String NS = InMemoryProvider.DEFAULT_NAMESPACE;
    private static final String HOSTILE =
            "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

    @TempDir
    static Path profile;

    private static @Nullable RunningGateway gateway;
    private static @Nullable Browser browser;

    @BeforeAll
    static void open() throws Exception {
        Path chromium = Browser.find();
        assumeTrue(
                chromium != null,
                "no Chromium on this machine, so the page was not tried; Debian's package is called chromium");
        gateway = new RunningGateway();
        browser = Browser.open(Objects.requireNonNull(chromium), profile);
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
        if (gateway != null) {
            gateway.close();
        }
    }

    @BeforeEach
    void deployOneFunction() {
        List.of("fresh", "wc").forEach(name -> gateway().provider.drop(new FunctionName(name, NS)));
        gateway()
                .provider
                .createNamespace(new FunctionNamespace("staging", Map.of(), Map.of()))
                .onErrorComplete()
                .block();
        FunctionDeployment wc = new FunctionDeployment(
                new FunctionName("wc", NS),
                HOSTILE,
                "wc -l",
                Map.of("greeting", HOSTILE),
                List.of(),
                List.of(),
                Map.of("team", "a"),
                Map.of("note", HOSTILE),
                null,
                null,
                false);
        gateway().provider.put(new FunctionStatus(wc, 3, 2, Instant.now(), null), List.of());
        browser().visit("about:blank");
        browser().visit("http://admin:secret@127.0.0.1:" + gateway().port() + "/ui/");
        browser().await("document.querySelectorAll('#rows tr').length === 1");
    }

    @Test
    void listsFunctions_andShowsWhatStrangersWroteAsText() {
        assertThat(cell(0)).isEqualTo("wc");
        assertThat(cell(1)).isEqualTo("Ready");
        assertThat(cell(2)).isEqualTo("2");
        assertThat(cell(3)).isEqualTo("3");
        assertThat(cell(4)).isEqualTo("7");
        assertThat(cell(5)).isEqualTo(HOSTILE);
        assertThat(text("document.title")).isEqualTo("Sluice");
        assertThat(number("document.querySelectorAll('#rows img, #rows script').length"))
                .isZero();
    }

    @Test
    void asksNobodyButItsOwnGateway() {
        assertThat(number("performance.getEntriesByType('resource')"
                        + ".filter((e) => new URL(e.name).origin !== location.origin).length"))
                .isZero();
        assertThat(number("performance.getEntriesByType('resource').length")).isGreaterThan(3);
    }

    @Test
    void namesEveryControl_forThoseWhoDoNotSeeThem() {
        assertThat(number("[...document.querySelectorAll('input, select, textarea')]"
                        + ".filter((c) => c.labels.length === 0).length"))
                .isZero();
        assertThat(number("[...document.querySelectorAll('button')].filter((b) => !b.textContent.trim()).length"))
                .isZero();
    }

    @Test
    void showsOneFunction() {
        openWc();
        assertThat(text("document.getElementById('detail-title').textContent")).isEqualTo("wc." + NS);
        assertThat(text("document.getElementById('facts').textContent"))
                .contains("2 of 3 ready", "wc -l", "team=a", "note=" + HOSTILE, "greeting=" + HOSTILE);
        assertThat(text("document.title")).isEqualTo("Sluice");
        assertThat(text("location.hash")).isEqualTo("#/" + NS + "/wc");
    }

    @Test
    void callsAFunction_andShowsItsAnswerAsText() {
        openWc();
        run("document.querySelector('#invoke [name=body]').value = " + quoted(HOSTILE));
        run("document.querySelector('#invoke button.primary').click()");
        browser().await("document.getElementById('answer-status').textContent.startsWith('200')");
        browser().await("document.getElementById('answer-body').textContent === " + quoted(HOSTILE));
        assertThat(number("document.querySelectorAll('#answer img, #answer script').length"))
                .isZero();
        assertThat(text("document.title")).isEqualTo("Sluice");
    }

    @Test
    void deploysAFunction() {
        run("document.getElementById('open-deploy').click()");
        fill("service", "fresh");
        fill("image", "registry.example/fresh:1");
        fill("envProcess", "cat");
        fill("envVars", "a=1=2\\nb=");
        fill("labels", "com.openfaas.scale.min=2");
        run("document.querySelector('#deploy button.primary').click()");
        browser().await("document.getElementById('detail-title').textContent === 'fresh." + NS + "'");

        FunctionStatus fresh = Objects.requireNonNull(gateway()
                .provider
                .describe(new FunctionName("fresh", NS), false)
                .block(Duration.ofSeconds(5)));
        assertThat(fresh.deployment().envProcess()).isEqualTo("cat");
        assertThat(fresh.deployment().envVars()).isEqualTo(Map.of("a", "1=2", "b", ""));
        assertThat(fresh.replicas()).isEqualTo(2);
        assertThat(number("document.querySelectorAll('#rows tr').length")).isEqualTo(2);
    }

    @Test
    void saysWhyADeployWasRefused_andKeepsWhatWasTyped() {
        run("document.getElementById('open-deploy').click()");
        fill("service", "fresh");
        fill("image", "i");
        fill("secrets", "unknown");
        run("document.querySelector('#deploy button.primary').click()");
        browser().await("document.getElementById('deploy-problem').textContent.includes('unknown')");
        assertThat(text("document.querySelector('#deploy [name=service]').value"))
                .isEqualTo("fresh");
        assertThat(text("String(document.getElementById('deploy-dialog').open)"))
                .isEqualTo("true");
    }

    @Test
    void removesAFunction_onlyAfterAskingAgain() {
        openWc();
        run("document.getElementById('open-remove').click()");
        assertThat(text("document.getElementById('remove-title').textContent")).isEqualTo("Remove wc." + NS + "?");
        assertThat(gateway().provider.list(NS).block()).hasSize(1);
        run("document.querySelector('#remove button.danger').click()");
        browser().await("!document.getElementById('empty').hidden");
        assertThat(gateway().provider.list(NS).block()).isEmpty();
        assertThat(text("String(document.getElementById('detail').hidden)")).isEqualTo("true");
    }

    @Test
    void showsAsynchronousCalls_cancelsAndRedrivesThem() {
        gateway().fillTheJournal();
        run("document.getElementById('refresh').click()");
        browser().await("document.querySelectorAll('#calls-rows tr').length === 5");
        assertThat(text("document.querySelector('#calls-rows').textContent"))
                .contains("open", "wc", "queued", "0 of 10");
        run("const s = document.getElementById('calls-state'); s.value = 'dead'; s.dispatchEvent(new Event('change'))");
        browser().await("document.querySelectorAll('#calls-rows tr').length === 1");
        assertThat(text("document.querySelector('#calls-rows').textContent")).contains("no answer");
        run("document.querySelector('#calls-rows button').click()");
        browser().await("!document.getElementById('calls-empty').hidden");
        assertThat(text("document.getElementById('message').textContent")).isEqualTo("Queued dead again.");
        run(
                "const s = document.getElementById('calls-state'); s.value = 'queued'; s.dispatchEvent(new Event('change'))");
        browser().await("document.querySelectorAll('#calls-rows tr').length === 3");
        run("document.querySelector('#calls-rows button').click()");
        browser().await("document.querySelectorAll('#calls-rows tr').length === 2");
        assertThat(text("document.getElementById('message').textContent")).isEqualTo("Cancelled keyed.");
        run("const s = document.getElementById('calls-state'); s.value = ''; s.dispatchEvent(new Event('change'))");
    }

    @Test
    void listsAnotherNamespace() {
        run("document.getElementById('namespace').value = 'staging'");
        run("document.getElementById('namespace').dispatchEvent(new Event('change'))");
        browser().await("!document.getElementById('empty').hidden");
        assertThat(number("document.querySelectorAll('#rows tr').length")).isZero();
    }

    private static void openWc() {
        run("document.querySelector('button.name').click()");
        browser().await("!document.getElementById('detail').hidden");
    }

    private static void fill(String field, String value) {
        run("document.querySelector('#deploy [name=" + field + "]').value = '" + value + "'");
    }

    private static void run(String script) {
        assertThat(browser()
                        .evaluate("(() => { " + script + "; return true; })()")
                        .asBoolean())
                .isTrue();
    }

    private static String cell(int column) {
        return text("document.querySelector('#rows tr').children[" + column + "].textContent");
    }

    private static String text(String expression) {
        return browser().evaluate(expression).asText();
    }

    private static int number(String expression) {
        return browser().evaluate(expression).asInt();
    }

    private static String quoted(String text) {
        return "`" + text + "`";
    }

    private static RunningGateway gateway() {
        return Objects.requireNonNull(gateway);
    }

    private static Browser browser() {
        return Objects.requireNonNull(browser);
    }
}
