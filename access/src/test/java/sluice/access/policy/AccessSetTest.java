package sluice.access.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import sluice.core.AccessObject;
import sluice.core.Action;

class AccessSetTest {
    private static final String ISSUER = """
            apiVersion: iam.openfaas.com/v1
            kind: JwtIssuer
            metadata: {name: forge, namespace: openfaas}
            spec: {iss: "https://forge.example.org", aud: ["https://gw.example.net"], tokenExpiry: 20m}
            """;
    private static final String POLICY = """
            apiVersion: iam.openfaas.com/v1
            kind: Policy
            metadata: {name: deployer}
            spec:
              statement:
              - {sid: deploy, effect: Allow, action: ["Function:List", "Secret:*"], resource: ["billing:*"]}
              - {sid: call, effect: Allow, action: ["Function:Invoke"], resource: ["billing:invoice", "*:ping"]}
            """;
    private static final String ROLE = """
            apiVersion: iam.openfaas.com/v1
            kind: Role
            metadata: {name: ci}
            spec:
              policy: [deployer, absent]
              condition:
                StringEqual: {"jwt:iss": ["https://forge.example.org"], "jwt:protected": ["true"]}
                StringLike: {"jwt:path": ["billing/*"]}
            """;
    private static final String CLAIMS =
            "{\"iss\":\"https://forge.example.org\",\"sub\":\"x\",\"protected\":true,\"path\":\"billing/app\"}";

    @TempDir
    Path directory;

    @Test
    void findsWhatAPolicyPermits_forTheHolderOfItsRole() throws IOException {
        AccessSet set = set(ISSUER, POLICY, ROLE);
        assertThat(set.policiesOf(json(CLAIMS))).containsExactly("deployer");
        assertThat(set.find(Set.of("deployer"), json(CLAIMS), Action.SECRET_CREATE, "billing", ""))
                .isEqualTo(new AccessSet.Grant("deployer", "deploy"));
        assertThat(set.problems()).singleElement().asString().contains("there is no Policy absent");
        assertThat(set.issuer("https://forge.example.org")).isNotNull();
        assertThat(set.issuer("https://forge.example.org/")).isNull();
        assertThat(set.invocable(Set.of("deployer"), json(CLAIMS))).containsExactly("billing:invoice", "*:ping");
    }

    @ParameterizedTest
    @CsvSource({
        "FUNCTION_LIST, billing, '', true",
        "FUNCTION_LIST, billing2, '', false",
        "FUNCTION_LIST, '', '', true", // in any namespace
        "FUNCTION_LIST, *, '', false", // of the whole cluster
        "FUNCTION_GET, billing, '', false",
        "SECRET_DELETE, billing, '', true",
        "FUNCTION_INVOKE, billing, invoice, true",
        "FUNCTION_INVOKE, billing, invoice2, false",
        "FUNCTION_INVOKE, billing, '', false", // a whole namespace is more than one function
        "FUNCTION_INVOKE, other, ping, true",
        "FUNCTION_INVOKE, other, invoice, false",
        "SYSTEM_INFO, *, '', false"
    })
    void permitsNothingElse(Action action, String namespace, String function, boolean isPermitted) throws IOException {
        AccessSet.Grant grant = set(POLICY).find(Set.of("deployer"), json(CLAIMS), action, namespace, function);
        assertThat(grant != null).isEqualTo(isPermitted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"iss\":\"https://forge.example.org\",\"protected\":\"false\",\"path\":\"billing/app\"}",
                "{\"iss\":\"https://forge.example.org/\",\"protected\":true,\"path\":\"billing/app\"}",
                "{\"iss\":\"https://forge.example.org\",\"protected\":true,\"path\":\"xbilling/app\"}",
                "{\"iss\":\"https://forge.example.org\",\"protected\":[true],\"path\":\"billing/app\"}",
                "{\"iss\":\"https://forge.example.org\",\"protected\":null,\"path\":\"billing/app\"}",
                "{\"iss\":\"https://forge.example.org\",\"path\":\"billing/app\"}"
            })
    void givesNoRole_whenOneConditionFails(String claims) throws IOException {
        assertThat(set(POLICY, ROLE).policiesOf(json(claims))).isEmpty();
    }

    @Test
    void looksForOneElementOfAList_onlyWhenAsked() throws IOException {
        String role = ROLE.replaceAll(
                "(?s)condition:.*", "condition:\n    ForAnyValue:StringLike: {\"jwt:groups\": [\"dev-*\"]}\n");
        assertThat(set(POLICY, role).policiesOf(json("{\"groups\":[\"ops\",\"dev-eu\"]}")))
                .containsExactly("deployer");
        assertThat(set(POLICY, role).policiesOf(json("{\"groups\":\"dev-eu\"}")))
                .isEmpty();
        assertThat(set(POLICY, role).policiesOf(json("{\"groups\":[{\"n\":\"dev-eu\"}]}")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "effect: Allow | effect: Deny | must be Allow",
                "sid: deploy, | '' | sid must be a text",
                "action: [\"Function:List\", \"Secret:*\"] | action: Function:List | must be a list of texts",
                "action: [\"Function:List\", \"Secret:*\"] | action: [1] | put it in quotes",
                "sid: deploy, | sid: deploy, conditions: {}, | conditions is unknown",
                "sid: deploy, | sid: deploy, condition: {StringMatch: {jwt:a: [b]}}, | is no operator",
                "sid: deploy, | sid: deploy, condition: {StringEqual: {a: [b]}}, | must be jwt: and the name of a claim",
                "sid: deploy, | sid: deploy, condition: {StringEqual: {jwt:a: []}}, | must be a list of texts"
            })
    void refusesAPolicyAsAWhole_forAnythingItDoesNotUnderstand(String right, String wrong, String problem)
            throws IOException {
        AccessSet set = set(POLICY.replace(right, wrong));
        assertThat(set.hasPolicy("deployer")).isFalse();
        assertThat(set.invalid("Policy")).isEqualTo(1);
        assertThat(set.problems()).singleElement().asString().contains("a.yaml:1", "deployer", problem);
    }

    @Test
    void refusesARoleForEveryone_andObjectsThatAreThereTwice() throws IOException {
        AccessSet everyone = set(POLICY, ROLE.replaceAll("(?s)condition:.*", ""));
        assertThat(everyone.policiesOf(json(CLAIMS))).isEmpty();
        assertThat(everyone.invalid("Role")).isEqualTo(1);
        assertThat(set(POLICY, POLICY).hasPolicy("deployer")).isFalse();
        AccessSet issuers = set(ISSUER, ISSUER.replace("name: forge", "name: other"));
        assertThat(issuers.issuer("https://forge.example.org")).isNull();
    }

    @Test
    void warnsOfARoleThatEveryIssuerCanGive() throws IOException {
        String role = ROLE.replaceAll("(?s)condition:.*", "principal: {\"jwt:sub\": [x]}\n");
        AccessSet set = set(POLICY, role);
        assertThat(set.policiesOf(json("{\"sub\":\"x\"}"))).containsExactly("deployer");
        assertThat(set.policiesOf(json("{\"sub\":\"y\"}"))).isEmpty();
        assertThat(set.problems()).anyMatch(each -> each.contains("no condition on jwt:iss"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "iam.openfaas.com/v1 | v2 | apiVersion must be",
                "namespace: openfaas | namespace: mine | metadata.namespace must be openfaas",
                "kind: JwtIssuer | kind: [ | no YAML",
                "kind: JwtIssuer | kind: JwtIssuer\\nkind: Role | no YAML"
            })
    void namesFileAndLine_ofWhatCannotBeRead(String right, String wrong, String problem) {
        assertThatThrownBy(() -> set(ISSUER.replace(right, wrong.replace("\\n", "\n"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a.yaml:")
                .hasMessageContaining(problem);
    }

    @Test
    void tellsChanges_andKeepsTheLastGoodSet() throws IOException {
        write(ISSUER);
        AccessFiles files = new AccessFiles(directory, Schedulers.boundedElastic());
        StepVerifier.create(files.changes().map(List::size))
                .expectNext(1)
                .then(() -> writeUnchecked("kind: ["))
                .expectNoEvent(Duration.ofMillis(1_200))
                .then(() -> writeUnchecked(ISSUER + "---\n" + POLICY))
                .expectNext(2)
                .thenCancel()
                .verify(Duration.ofSeconds(20));
    }

    private void writeUnchecked(String text) {
        try {
            write(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void write(String text) throws IOException {
        Path fresh = directory.resolve("fresh");
        Files.writeString(fresh, text);
        Files.move(fresh, directory.resolve("a.yaml"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private AccessSet set(String... documents) throws IOException {
        write(String.join("---\n", documents));
        List<AccessObject> objects = new AccessFiles(directory, Schedulers.immediate()).read();
        return AccessSet.of(objects);
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }
}
