package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;

/** Several users with passwords where policies count: the first is the one of root-user, the others have roles. */
class FurtherUsersTest {
    @TempDir
    Path home;

    private IamFixture iam;

    @BeforeEach
    void open() throws IOException {
        Path passwords = Files.createDirectory(home.resolve("passwords"));
        Files.writeString(passwords.resolve("basic-auth-user"), "ops");
        Files.writeString(passwords.resolve("basic-auth-password"), "first");
        Files.writeString(passwords.resolve("basic-auth-users"), "alice:second\nbob:third\n");
        Path objects = Files.createDirectory(home.resolve("access.d"));
        Files.writeString(objects.resolve("basic.yaml"), """
                apiVersion: iam.openfaas.com/v1
                kind: Role
                metadata: {name: night-shift}
                spec:
                  policy: [reader]
                  principal: {"jwt:sub": [bob]}
                  condition: {StringEqual: {"jwt:iss": [basic]}}
                """);
        iam = new IamFixture(home, "secret_mount_path=" + passwords);
    }

    @AfterEach
    void close() {
        iam.close();
    }

    private Decision ask(Action action, String pair) {
        String token = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        return iam.ask(action, "dev", "Basic " + token);
    }

    @Test
    void haveTheRightsOfTheirRoles() {
        assertThat(ask(Action.SECRET_CREATE, "ops:first")).isInstanceOf(Decision.Allow.class);
        assertThat(ask(Action.FUNCTION_LIST, "bob:third")).isInstanceOf(Decision.Allow.class);
        assertThat(((Decision.Deny) ask(Action.SECRET_CREATE, "bob:third"))
                        .identity()
                        .subject())
                .isEqualTo("bob");
        assertThat(ask(Action.FUNCTION_LIST, "bob:second")).isInstanceOf(Decision.Deny.class);
    }

    @Test
    void areNotMistakenForHoldersOfTokensOfTheSameName() {
        Decision.Deny deny =
                (Decision.Deny) ask(Action.FUNCTION_LIST, "alice:second"); // the role is for an issuer's alice
        assertThat(deny.reason().text()).isEqualTo("insufficient permissions: Function:List on dev:*");
    }
}
