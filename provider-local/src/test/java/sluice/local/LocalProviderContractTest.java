package sluice.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.StepVerifier;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionProviderContract;
import sluice.core.FunctionStatus;
import sluice.core.RouteSource;
import sluice.core.watch.FunctionWatch;

class LocalProviderContractTest extends FunctionProviderContract {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path data;

    private LocalProvider provider;

    @BeforeEach
    void open() {
        provider = LocalProvider.open(Workbench.config(data, Map.of()));
    }

    @AfterEach
    void close() {
        provider.close();
    }

    @Test
    void setsTheReplicasBack_toTheMinimumOfAnUpdate() {
        FunctionName name = new FunctionName("echo", Workbench.NAMESPACE);
        FunctionDeployment plain = runnable(name);
        provider.deploy(plain).then(provider.scale(name, 3)).block(PATIENCE);

        provider.update(new FunctionDeployment(
                        name,
                        plain.image(),
                        plain.envProcess(),
                        Map.of(),
                        List.of(),
                        List.of(),
                        Map.of("com.openfaas.scale.min", "2"),
                        Map.of(),
                        null,
                        null,
                        false))
                .block(PATIENCE);

        StepVerifier.create(provider.describe(name, false).map(FunctionStatus::replicas))
                .expectNext(2)
                .expectComplete()
                .verify(PATIENCE);
    }

    @Override
    protected FunctionProvider provider() {
        return provider;
    }

    @Override
    protected RouteSource routes() {
        return provider;
    }

    @Override
    protected FunctionWatch watch() {
        return provider;
    }

    @Override
    protected String defaultNamespace() {
        return Workbench.NAMESPACE;
    }

    @Override
    protected FunctionDeployment runnable(FunctionName name) {
        return new FunctionDeployment(
                name,
                "example/cat:latest",
                "cat",
                Map.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
    }
}
