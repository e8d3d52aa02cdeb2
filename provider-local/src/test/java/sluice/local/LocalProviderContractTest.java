package sluice.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionProviderContract;
import sluice.core.RouteSource;

class LocalProviderContractTest extends FunctionProviderContract {
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

    @Override
    protected FunctionProvider provider() {
        return provider;
    }

    @Override
    protected RouteSource routes() {
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
